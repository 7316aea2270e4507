/** An op as it is kept: what it wanted to do, in words. Not all of it need be there. */
import type { Value, Values } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';

export interface KeptOp {
  readonly action?: string;
  readonly kind?: string;
  readonly id?: string;
  readonly at?: string;
  readonly scope?: string;
  readonly values?: Values;
  readonly set?: Readonly<Record<string, { readonly value?: Value; readonly was?: Value }>>;
}

const ACTIONS = ['create', 'patch', 'delete', 'sign', 'resolve'] as const;

const t = sentences({
  create: ['新建', 'New'],
  patch: ['修改', 'Change'],
  delete: ['删除', 'Delete'],
  sign: ['签字', 'Sign'],
  resolve: ['裁定', 'Decide'],
  unread: ['无法读取的操作', 'An op that cannot be read'],
});

export function sayAction(action: string): string {
  const known = ACTIONS.find((one) => one === action);
  return known ? t(known) : action || t('unread');
}

/** A change that a kept op wanted, by its path. */
export interface Wanted {
  readonly path: string;
  readonly value: Value;
  /** What its author saw there. */
  readonly was?: Value;
}

/** What a patch wanted to set; of a new report its answers. */
export function wantedBy(op: KeptOp): readonly Wanted[] {
  if (op.set) {
    return Object.entries(op.set).map(([path, change]) => ({
      path,
      value: change?.value ?? null,
      ...(change?.was === undefined ? {} : { was: change.was }),
    }));
  }
  const fields = (op.values?.fields ?? {}) as Values;
  return Object.entries(fields).map(([name, value]) => ({ path: `fields/${name}`, value }));
}
