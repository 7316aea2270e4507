import { sentences } from './i18n.ts';

/** Every sentence of the shell and its screens, in Chinese and English, by screen. */
export const TABLE = {
  'app.name': ['铅垂', 'Plumbline'],
  back: ['返回', 'Back'],
  close: ['关闭', 'Close'],
  cancel: ['取消', 'Cancel'],

  // The error boundary
  'broken.title': ['这个页面出错了', 'This screen failed'],
  'broken.text': [
    '已保存的内容都还在手机里,没有丢失。请重新打开;如果还是不行,请截图发给管理员。',
    'What was saved is still on this phone; nothing is lost. Open it again; if that does not help, send a screenshot to your administrator.',
  ],
  'broken.again': ['重新打开', 'Open again'],
  'broken.home': ['回到今日', 'Back to today'],

  // A newer version
  'update.title': ['有新版本', 'There is a new version'],
  'update.text': ['手上的事做完再更新,不会丢失内容。', 'Finish what you are doing first; nothing is lost by updating.'],
  'update.take': ['现在更新', 'Update now'],
} as const;

export const t = sentences(TABLE);
