import type { KindRow } from './row';

/** What the server publishes for others to be made of: forms are offered, lists are suggested; neither stands alone. */
export const form: KindRow<'form'> = { called: ['表单样式', 'Form'] };
export const vocabulary: KindRow<'vocabulary'> = { called: ['词表', 'List of words'] };
