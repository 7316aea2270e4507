import { scryptAsync } from '@noble/hashes/scrypt.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * The local lock. It keeps a passer-by from reading and reporting in its owner's name on a phone lying about. It does
 * not encrypt what is stored: against a thief who takes the phone apart, the phone's own lock and encryption help,
 * and reporting the phone lost. So a forgotten number costs nothing that was not sent: sending goes on while locked.
 */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface Kept {
  salt: string;
  hash: string;
  failures: number;
  /** Milliseconds since 1970 by this device: until then no try is taken. */
  closedUntil: number;
}

export type Tried = { opened: true } | { opened: false; waitSeconds: number };

const KEPT_AS = 'plumbline.lock';
/** About 32 MiB and a third of a second on a cheap phone; four digits stay four digits. */
const COST = { N: 2 ** 15, r: 8, p: 1, dkLen: 32 };
const FREE_TRIES = 4;
const MAX_WAIT_SECONDS = 15 * 60;

export const PIN = /^\d{4,12}$/;

export class Lock {
  constructor(
    private readonly store: Store = localStorage,
    private readonly now: () => number = Date.now,
    private readonly cost = COST,
  ) {}

  get isSet(): boolean {
    return this.kept() !== undefined;
  }

  /** Set or change the number. */
  async set(pin: string): Promise<void> {
    if (!PIN.test(pin)) throw new RangeError('a PIN has 4 to 12 digits');
    const salt = bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
    this.keep({ salt, hash: await this.derive(pin, salt), failures: 0, closedUntil: 0 });
  }

  remove(): void {
    this.store.removeItem(KEPT_AS);
  }

  /** Try a number. After a few wrong ones each further try has to wait, twice as long as the one before. */
  async open(pin: string): Promise<Tried> {
    const kept = this.kept();
    if (!kept) return { opened: true };
    const left = Math.ceil((kept.closedUntil - this.now()) / 1000);
    // A clock that was set back must not lock its owner out for longer than the longest wait.
    if (left > 0 && left <= MAX_WAIT_SECONDS) return { opened: false, waitSeconds: left };
    if ((await this.derive(pin, kept.salt)) === kept.hash) {
      this.keep({ ...kept, failures: 0, closedUntil: 0 });
      return { opened: true };
    }
    const failures = kept.failures + 1;
    const wait = failures < FREE_TRIES ? 0 : Math.min(MAX_WAIT_SECONDS, 15 * 2 ** (failures - FREE_TRIES));
    this.keep({ ...kept, failures, closedUntil: this.now() + wait * 1000 });
    return { opened: false, waitSeconds: wait };
  }

  private async derive(pin: string, salt: string): Promise<string> {
    return bytesToHex(await scryptAsync(utf8ToBytes(pin), hexToBytes(salt), this.cost));
  }

  private kept(): Kept | undefined {
    try {
      const text = this.store.getItem(KEPT_AS);
      return text ? (JSON.parse(text) as Kept) : undefined;
    } catch {
      return undefined;
    }
  }

  private keep(kept: Kept): void {
    this.store.setItem(KEPT_AS, JSON.stringify(kept));
  }
}
