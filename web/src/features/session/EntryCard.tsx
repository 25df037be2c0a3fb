import { Alert, Title } from '@mantine/core'
import { IconLockOpen } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import { Mark } from '~/ui/Mark'
import classes from './EntryCard.module.css'

type EntryCardProps = { title: string; children: ReactNode }

/** The frame of the pages that are seen without being signed in. */
export function EntryCard({ title, children }: EntryCardProps) {
  return (
    <main className={classes.page}>
      <title>{`${title} · Handoff`}</title>
      <div className={classes.card}>
        <Mark size={34} />
        <Title order={1} className={classes.title}>
          {title}
        </Title>
        {window.isSecureContext === false && <InsecureNotice />}
        {children}
      </div>
    </main>
  )
}

/** The session's cookie is kept over https alone, and on this computer itself. */
function InsecureNotice() {
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconLockOpen size={16} />}
      title="This connection is not secure"
      role="note"
      mb="md"
      p="xs"
    >
      Signing in works over https only, or on the server itself as localhost. Open{' '}
      <b>https://{window.location.hostname}</b>, or ask who runs this server.
    </Alert>
  )
}
