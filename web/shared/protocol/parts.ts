/** The parts of a phone, as a page and a service worker both need them. */
import { Accounts } from './account';
import { FileSender } from './files';
import { type Fetch, Http } from './http';
import { Hub } from './hub';
import { newId } from './ids';
import type { Storage } from './ports';
import { Replica } from './replica';
import { IdbStorage } from './storage/idb';
import { localTime } from './time';
import type { Nature } from './work';

export interface Options {
  /** Name of the database, the locks and the channel: one for each phone of an origin. */
  readonly name?: string;
  readonly storage?: Storage;
  readonly fetch?: Fetch;
  readonly nature?: Nature;
  /** `zh-CN` or `en`: in what the server writes to people. */
  readonly language?: () => string;
  /** False: it exchanges only when told to. */
  readonly running?: boolean;
}

export interface Parts {
  readonly name: string;
  readonly storage: Storage;
  readonly http: Http;
  readonly accounts: Accounts;
  readonly replica: Replica;
  readonly files: FileSender;
  readonly hub: Hub;
  readonly nature: Nature;
}

export function assemble(options: Options = {}): Parts {
  const name = options.name ?? 'plumbline';
  const storage = options.storage ?? new IdbStorage(name);
  const nature = options.nature ?? { now: localTime, newId };
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const http = new Http(() => accounts.access(), fetch, options.language);
  const accounts = new Accounts(storage, http, nature);
  const files = new FileSender(storage, http, accounts.access, nature);
  const replica = new Replica(storage, http, nature);
  return { name, storage, http, accounts, replica, files, hub: new Hub(name), nature };
}
