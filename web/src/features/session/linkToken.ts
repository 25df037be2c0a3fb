import { useLocation } from 'react-router'

/** The secret of a link from an e-mail. It follows `#`, so that no server sees it in an address. */
export function useLinkToken(): string {
  return useLocation().hash.slice(1)
}

const INVITATION = 'handoff-invitation'

/** Keeps an invitation's secret in this tab while somebody signs in to accept it. */
export const keptInvitation = {
  read: () => sessionStorage.getItem(INVITATION) ?? '',
  keep: (token: string) => sessionStorage.setItem(INVITATION, token),
  forget: () => sessionStorage.removeItem(INVITATION),
}

export const SHORTEST_PASSWORD = 12

export function checkNewPassword(password: string): string | null {
  return password.length < SHORTEST_PASSWORD
    ? `Use at least ${SHORTEST_PASSWORD} characters. A few words in a row are good.`
    : null
}
