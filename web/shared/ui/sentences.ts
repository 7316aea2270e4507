import { sentences } from '@shared/words/i18n';

/** The sentences of the parts that every app is made of, in Chinese and English. */
export const UI = {
  'app.name': ['铅垂', 'Plumbline'],
  back: ['返回', 'Back'],
  close: ['关闭', 'Close'],

  // The camera
  'camera.shoot': ['拍照', 'Take the picture'],
  'camera.denied': ['不能使用相机', 'The camera cannot be used'],
  'camera.deniedNext': [
    '请在手机设置里允许本应用使用相机,或者改用“从手机选择”。',
    'Allow the camera for this app in the settings of the phone, or choose files instead.',
  ],
  'camera.opening': ['正在打开相机…', 'Opening the camera…'],
} as const;

export const t = sentences(UI);
