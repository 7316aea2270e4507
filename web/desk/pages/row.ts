import type { Role } from '@contract/generated/contract';
import type { Sentence } from '@shared/words/i18n';
import type { ComponentType } from 'preact';

/** What a page is given: the steps of its address that its path names (`/scans/:id` → `{ id }`). */
export interface PageProps {
  readonly params: Readonly<Record<string, string>>;
}

/** One page. Its file exports the component as `default`, and is fetched when the page is first opened. */
export interface PageRow {
  /** Below `/desk`; `:name` stands for a step. */
  readonly path: string;
  readonly name: Sentence;
  /** Who it is offered to. What one may do there the server decides. */
  readonly roles: readonly Role[] | 'everyone';
  /** Where in the menu; left out, it is reached from another page. */
  readonly menu?: 'paper' | 'reports' | 'site' | 'setup' | 'me';
  /** The menu entry that is marked while this page is open, where it is not in the menu itself. */
  readonly under?: string;
  /** Takes the whole window: the menu is put away. */
  readonly whole?: boolean;
  readonly load: () => Promise<{ readonly default: ComponentType<PageProps> }>;
}
