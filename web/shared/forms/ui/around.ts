import type { Field, Value } from '@contract/generated/contract';
import type { Session } from '../session';

/** What every part of a form is given: the report, who people are, and whether anything may be changed. */
export interface Around {
  readonly session: Session;
  readonly locked: boolean;
  /** Whether blanks are shown as problems too: once the writer has asked what is missing. */
  readonly strict: boolean;
  readonly names: (person: string) => string | undefined;
  readonly timeZone?: string;
  readonly suggestions: (field: Field) => readonly string[];
}

/** What the control of one question is given. */
export interface ControlProps {
  readonly field: Field;
  readonly path: string;
  readonly id: string;
  readonly value: Value;
  readonly around: Around;
  readonly described: string | undefined;
  readonly wrong: boolean;
  readonly locked: boolean;
}
