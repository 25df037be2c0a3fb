/** Whether the dev server's proxy adds a token, so that there is nobody to sign in. */
declare const __SPEAKS_BY_TOKEN__: boolean
