import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'

import { ItemRow } from '~/features/today/ItemRow'
import { groupsOf, withoutItems } from '~/features/today/items'
import { todayQuery } from '~/features/today/queries'
import { useActing } from '~/features/today/useActing'
import { useRowKeys } from '~/features/today/useRowKeys'
import { Section } from '~/ui/Section'
import classes from './ClientPage.module.css'

type ClientWaitingProps = { clientId: string }

/** What waits for a person about this client: nothing is shown where nothing does. */
export function ClientWaiting({ clientId }: ClientWaitingProps) {
  const { data: today } = useQuery(todayQuery(clientId))
  const { done, take } = useActing()
  const list = useRef<HTMLUListElement>(null)
  useRowKeys(list)

  const groups = today ? withoutItems(groupsOf(today), done) : []
  const items = groups.flatMap((group) => group.items)
  if (items.length === 0) return null
  return (
    <Section title="Needs somebody" aside={items.length} isFlush>
      <ul ref={list} className={classes.waiting} aria-label="Needs somebody">
        {items.map((item) => (
          <ItemRow key={item.key} item={item} isOfOneClient onAct={take} />
        ))}
      </ul>
    </Section>
  )
}
