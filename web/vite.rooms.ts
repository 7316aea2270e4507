/** What the builds of all apps have in common. */

export const here = (path: string) => decodeURIComponent(new URL(path, import.meta.url).pathname);

/** The rooms by their aliases, as tsconfig.json names them too. */
export const ROOMS = {
  alias: {
    '@contract': here('../mobile_contract'),
    '@shared': here('shared'),
    '@phone': here('phone'),
    '@desk': here('desk'),
  },
};

export const TARGET = 'es2022';
