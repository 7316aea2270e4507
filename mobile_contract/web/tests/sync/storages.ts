/** Both storages: whatever a test says of one, it says of the other. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { IdbStorage } from '../../src/sync/storage/idb';
import { MemoryStorage } from '../../src/sync/storage/memory';

/** A browser without any data. */
export function freshBrowser(): void {
  globalThis.indexedDB = new IDBFactory();
}

export const STORAGES = {
  memory: () => new MemoryStorage(),
  indexeddb: () => {
    freshBrowser();
    return new IdbStorage('phone');
  },
} as const;
