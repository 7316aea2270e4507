"""What the app stores, lifted out of a browser as text and put back into another: fixtures of older versions."""

from typing import Any, Final

from playwright.sync_api import Page

#: A database as JSON: version, stores with their keys and indexes, and every row. Bytes are base64 under ``$blob``,
#: ``$bytes``; a property that is undefined is left out.
Dump = dict[str, Any]

_HELPERS: Final = """
const wait = (request) => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});
const base64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (one) => String.fromCharCode(one)).join(''));
const bytesOf = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
async function pack(value) {
  if (value instanceof Blob) return { $blob: base64(await value.arrayBuffer()), type: value.type };
  if (value instanceof ArrayBuffer) return { $buffer: base64(value) };
  if (ArrayBuffer.isView(value)) return { $bytes: base64(value.buffer) };
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (Array.isArray(value)) return Promise.all(value.map(pack));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(await Promise.all(entries.map(async ([key, one]) => [key, await pack(one)])));
}
function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (value === null || typeof value !== 'object') return value;
  if ('$blob' in value) return new Blob([bytesOf(value.$blob)], { type: value.type });
  if ('$buffer' in value) return bytesOf(value.$buffer).buffer;
  if ('$bytes' in value) return bytesOf(value.$bytes);
  if ('$bigint' in value) return BigInt(value.$bigint);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unpack(one)]));
}
"""

_LIFT: Final = (
    "async () => {"
    + _HELPERS
    + """
  const dumps = [];
  for (const { name } of await indexedDB.databases()) {
    const db = await wait(indexedDB.open(name));
    const stores = [];
    for (const storeName of db.objectStoreNames) {
      const store = db.transaction(storeName).objectStore(storeName);
      const indexes = Array.from(store.indexNames, (index) => {
        const { keyPath, unique, multiEntry } = store.index(index);
        return { name: index, keyPath, unique, multiEntry };
      });
      const [keys, values] = await Promise.all([wait(store.getAllKeys()), wait(store.getAll())]);
      const rows = await Promise.all(values.map(async (value, at) => [await pack(keys[at]), await pack(value)]));
      const { keyPath, autoIncrement } = store;
      stores.push({ name: storeName, keyPath, autoIncrement, indexes, rows });
    }
    dumps.push({ name, version: db.version, stores });
    db.close();
  }
  return dumps;
}"""
)

_PUT: Final = (
    "async (dumps) => {"
    + _HELPERS
    + """
  for (const dump of dumps) {
    const opening = indexedDB.open(dump.name, dump.version);
    opening.onupgradeneeded = () => {
      for (const one of dump.stores) {
        const options = { keyPath: one.keyPath, autoIncrement: one.autoIncrement };
        const store = opening.result.createObjectStore(one.name, options);
        for (const { name, keyPath, unique, multiEntry } of one.indexes) {
          store.createIndex(name, keyPath, { unique, multiEntry });
        }
      }
    };
    const db = await wait(opening);
    for (const one of dump.stores) {
      const store = db.transaction(one.name, 'readwrite').objectStore(one.name);
      for (const [key, value] of one.rows) {
        await wait(one.keyPath === null ? store.put(unpack(value), unpack(key)) : store.put(unpack(value)));
      }
    }
    db.close();
  }
}"""
)


def lift(page: Page) -> list[Dump]:
    """Return every database of the page's origin."""
    dumps: list[Dump] = page.evaluate(_LIFT)
    return dumps


def put(page: Page, dumps: list[Dump]) -> None:
    """Make databases as they were lifted. The page must be of the app's origin, and not the app: it would be first."""
    page.evaluate(_PUT, dumps)
