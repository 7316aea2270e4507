import type { FieldFlag, FormDefinition, Kind } from '@contract/generated/contract';
import type { RecordView } from '@shared/protocol/phone';
import type { IconName } from '@shared/ui/icon';
import type { Tone } from '@shared/ui/parts';
import type { Sentence } from '@shared/words/i18n';
import type { ComponentChildren, ComponentType } from 'preact';

/**
 * Everything the app knows of a kind, in one row. What is left out, the kind does not do: it is then synced, and shown
 * only where another kind shows it.
 */
export interface KindRow<K extends Kind = Kind> {
  readonly called: Sentence;
  /** Made by a person, and listed as what was done: in the thread of the day, among the records. */
  readonly deed?: Deed<K>;
  /** How one is made on this phone. */
  readonly made?: Made;
  /** What the screen of one record shows beyond its facts, flags and files. */
  readonly screen?: RecordParts<K>;
  /** The address of the screen of one. */
  address?(id: string): string;
  /** SHA-256 of the files it cites, for the progress of their upload. */
  blobs?(record: RecordView<K>): readonly string[];
  /** What it asks a person to look at. */
  asks?(record: RecordView<K>, asked: Asked): readonly Matter[];
}

export type KindTable = { readonly [K in Kind]: KindRow<K> };

/** Records by kind, as far as they were read. */
export type Found = { readonly [K in Kind]?: readonly RecordView<K>[] };

export interface Deed<K extends Kind = Kind> {
  readonly icon: IconName;
  /** Whether the thread of the day has it too; else something else of the first screen shows it. */
  readonly today: boolean;
  mine(record: RecordView<K>, person: string): boolean;
  /** Milliseconds since 1970. */
  at(record: RecordView<K>): number;
  /** The site's day, as the server said; before that, the day by this phone's clock, put right. */
  day(record: RecordView<K>): string;
  title(records: readonly RecordView<K>[], forms: readonly FormDefinition[]): string;
  /** Whether the second of two, of one day and place, is listed as one deed with the first. */
  together?(first: RecordView<K>, second: RecordView<K>): boolean;
  notes?(record: RecordView<K>): readonly (string | undefined)[];
  /** Stands in place of "delivered". */
  badge?(record: RecordView<K>): ComponentChildren;
  body?(records: readonly RecordView<K>[]): ComponentChildren;
}

export interface Made {
  /** Of the first screen: the place it leads to, and its words. */
  readonly tile: { readonly place: string; readonly icon: IconName; readonly words: Sentence };
  readonly Screen: ComponentType;
  /** Where what is being captured is kept until it is saved, and the files that such a draft has. */
  readonly draft?: { readonly key: string; files(draft: unknown): readonly string[] };
}

export interface RecordParts<K extends Kind = Kind> {
  above?(record: RecordView<K>): ComponentChildren;
  facts?(record: RecordView<K>): readonly { readonly name: string; readonly value: ComponentChildren }[];
  below?(record: RecordView<K>): ComponentChildren;
}

export interface Asked {
  readonly person: string;
  readonly found: Found;
  /** By record, what ops of this phone set although the form does not admit it. */
  readonly warned: ReadonlyMap<string, readonly FieldFlag[]>;
  /** The address of another record, if its kind has one. */
  addressOf(kind: string, id: string): string | undefined;
}

/** Something that came back to this person: what it is, what to do about it, and where. */
export interface Matter {
  readonly key: string;
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string;
  readonly detail: string;
  readonly href?: string | undefined;
  /** May be put aside once it was read; the others go when they are settled. */
  readonly dismissible: boolean;
}
