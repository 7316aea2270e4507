/** A database as text, its shape included: how a phone that was left in a drawer is kept for the tests. */
interface Table {
  readonly keyPath: string | null;
  readonly indexes: readonly { name: string; keyPath: string | string[]; multiEntry: boolean }[];
  readonly rows: readonly { key: IDBValidKey; value: unknown; blob?: { type: string; base64: string } }[];
}

export interface Dump {
  readonly version: number;
  readonly tables: Readonly<Record<string, Table>>;
}

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export async function dump(name: string): Promise<Dump> {
  const db = await asked(indexedDB.open(name));
  const tables: Record<string, Table> = {};
  for (const each of db.objectStoreNames) {
    const store = db.transaction(each).objectStore(each);
    const [keys, values] = await Promise.all([asked(store.getAllKeys()), asked(store.getAll())]);
    const indexes = [...store.indexNames].map((index) => store.index(index));
    const rows = keys.map(async (key, at) => {
      const value: unknown = values[at];
      if (!(value instanceof Blob)) return { key, value };
      const bytes = String.fromCharCode(...new Uint8Array(await value.arrayBuffer()));
      return { key, value: null, blob: { type: value.type, base64: btoa(bytes) } };
    });
    tables[each] = {
      keyPath: store.keyPath as string | null,
      indexes: indexes.map(({ name, keyPath, multiEntry }) => ({ name, keyPath, multiEntry })),
      rows: await Promise.all(rows),
    };
  }
  const { version } = db;
  db.close();
  return { version, tables };
}

/** Make the database that a dump describes. Needs nothing of the app, so that it runs in any page. */
export async function load(name: string, from: Dump): Promise<void> {
  const opening = indexedDB.open(name, from.version);
  opening.onupgradeneeded = () => {
    for (const [each, { keyPath, indexes }] of Object.entries(from.tables)) {
      const store = opening.result.createObjectStore(each, keyPath === null ? {} : { keyPath });
      for (const { name, keyPath, multiEntry } of indexes) store.createIndex(name, keyPath, { multiEntry });
    }
  };
  const db = await asked(opening);
  const tx = db.transaction([...db.objectStoreNames], 'readwrite');
  for (const [each, { keyPath, rows }] of Object.entries(from.tables)) {
    for (const { key, value, blob } of rows) {
      const bytes = blob && Uint8Array.from(atob(blob.base64), (character) => character.charCodeAt(0));
      const kept = bytes ? new Blob([bytes], { type: blob?.type ?? '' }) : value;
      tx.objectStore(each).put(kept, keyPath === null ? key : undefined);
    }
  }
  await new Promise<void>((resolve, reject) => {
    tx.oncomplete = () => resolve();
    tx.onabort = () => reject(tx.error);
  });
  db.close();
}
