/** Both storages: whatever a test says of one, it says of the other. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { IdbStorage } from '../../src/sync/storage/idb';
import { MemoryStorage } from '../../src/sync/storage/memory';

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
