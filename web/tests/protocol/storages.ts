/** Both storages: whatever a test says of one, it says of the other. */
import 'fake-indexeddb/auto';
import { IdbStorage } from '@shared/protocol/storage/idb';
import { MemoryStorage } from '@shared/protocol/storage/memory';
import { IDBFactory } from 'fake-indexeddb';

let phones = 0;

/** A browser without any data. */
export function freshBrowser(): void {
  globalThis.indexedDB = new IDBFactory();
}

export const STORAGES = {
  memory: () => new MemoryStorage(),
  indexeddb: () => {
    phones += 1;
    return new IdbStorage(`phone-${phones}`);
  },
} as const;
