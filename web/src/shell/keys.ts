/** The key that commands are pressed with, as it is printed on the keyboard. */
export const MOD_KEY = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'
