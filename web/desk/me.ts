import type { Me, Role } from '@contract/generated/contract';
import { computed, signal } from '@preact/signals';

/** Who is at the desk; undefined until the server has said so. */
export const me = signal<Me | undefined>(undefined);

/** Every role held, wherever. What is offered goes by it; what is allowed the server decides, record by record. */
export const roles = computed<ReadonlySet<Role>>(() => new Set(me.value?.grants.map((grant) => grant.role) ?? []));

/** Whether one of these roles is held: anywhere, or in a scope. */
export function holds(wanted: readonly Role[], scope?: string): boolean {
  const grants = me.value?.grants ?? [];
  return grants.some((grant) => wanted.includes(grant.role) && (scope === undefined || grant.scope === scope));
}
