/**
 * How long a page takes this clerk, for the clerk alone: it stays in this tab and is sent nowhere. Time counts while the
 * page is looked at.
 */
import { keepDraft, readDraft } from '../drafts';

export interface Timing {
  readonly pages: number;
  readonly ms: number;
  readonly keys: number;
}

const KEY = 'clerk.timing';

export const timing = (): Timing => readDraft<Timing>(KEY) ?? { pages: 0, ms: 0, keys: 0 };

/** A clock that stands still while the tab is hidden, and counts the keys pressed meanwhile. */
export class Watch {
  private before = 0;
  private since: number | undefined = performance.now();
  private keys = 0;
  private readonly flip = () => {
    if (document.hidden) {
      this.before = this.ms;
      this.since = undefined;
    } else this.since = performance.now();
  };
  private readonly count = () => {
    this.keys += 1;
  };

  constructor() {
    document.addEventListener('visibilitychange', this.flip);
    document.addEventListener('keydown', this.count, true);
  }

  get ms(): number {
    return this.before + (this.since === undefined ? 0 : performance.now() - this.since);
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.flip);
    document.removeEventListener('keydown', this.count, true);
  }

  /** One page is done: add it to those of this tab. */
  note(): void {
    const so = timing();
    keepDraft(KEY, { pages: so.pages + 1, ms: so.ms + this.ms, keys: so.keys + this.keys });
  }
}
