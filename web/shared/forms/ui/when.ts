import { language } from '@shared/words/i18n';

/** `11-18 08:07` of an instant, by this phone's clock. */
export function sayMoment(at: string): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return '';
  const how = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat(language.value === 'en' ? 'en-GB' : 'zh-CN', how).format(moment);
}
