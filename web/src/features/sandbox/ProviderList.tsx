import { UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { humanize, plural } from '~/lib/format'
import { StatusBadge } from '~/ui/StatusBadge'
import type { Provider } from './contract'
import classes from './ProviderList.module.css'
import { armedFaults } from './queries'

type ProviderListProps = {
  items: readonly Provider[]
  chosen: string
  onChoose: (provider: string) => void
}

export function ProviderList({ items, chosen, onChoose }: ProviderListProps) {
  const { data: faults } = useQuery(armedFaults())
  return (
    <ul className={classes.list} aria-label="Simulators">
      {items.map(({ provider, requests }) => {
        const active = (faults?.[provider] ?? []).filter((fault) => fault.active).length
        return (
          <li key={provider}>
            <UnstyledButton
              className={classes.item ?? ''}
              aria-pressed={provider === chosen}
              onClick={() => onChoose(provider)}
            >
              <span className={classes.name}>{nameOf(provider)}</span>
              {active > 0 ? (
                <StatusBadge status="failing" look="plain" label={plural(active, 'fault')} />
              ) : (
                <span className="h-muted">{plural(requests, 'request')}</span>
              )}
            </UnstyledButton>
          </li>
        )
      })}
    </ul>
  )
}

const NAMES: Readonly<Record<string, string>> = { openai: 'OpenAI', email: 'E-mail' }

export function nameOf(provider: string): string {
  return NAMES[provider] ?? humanize(provider)
}
