/** When the app was built, in UTC (vite.config.ts). */
declare const __BUILT__: string;
