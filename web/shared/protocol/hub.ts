/** Telling each other: the screens of this tab, the other tabs, and the service worker. */
import type { Notice } from '@contract/generated/contract';
import type { Changed, Problem } from './phone';

/** What only the one who does it knows, shown in all tabs. */
export interface Live {
  readonly underway: boolean;
  readonly awake: boolean;
  readonly nextAt?: number;
  /** Bytes sent by file, of those under way; below 0: not under way any more. */
  readonly progress: Readonly<Record<string, number>>;
}

export interface Told {
  readonly changed?: Changed;
  readonly notices?: readonly Notice[];
  readonly live?: Partial<Live>;
  /** A new listener asks for the state of now. */
  readonly asking?: true;
  readonly failed?: { readonly sha256: string; readonly problem: Problem };
}

/** A channel to the other contexts of this origin; without one this tab only tells itself. */
export class Hub {
  private readonly listeners = new Set<(told: Told) => void>();
  private channel: BroadcastChannel | undefined;

  constructor(name: string) {
    if (typeof BroadcastChannel === 'undefined') return;
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (event: MessageEvent<Told>) => this.here(event.data);
    // Node counts an open channel as work to be done.
    (this.channel as { unref?: () => void }).unref?.();
  }

  tell(told: Told): void {
    this.here(told);
    this.channel?.postMessage(told);
  }

  listen(listener: (told: Told) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  close(): void {
    this.listeners.clear();
    this.channel?.close();
    this.channel = undefined; // what ends later has no listener
  }

  private here(told: Told): void {
    for (const listener of this.listeners) listener(told);
  }
}
