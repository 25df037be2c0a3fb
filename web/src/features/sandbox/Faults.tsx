import { ActionIcon, Stack, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'

import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { notifyDone, notifyProblem } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import type { Fault, Provider } from './contract'
import { FaultForm } from './FaultForm'
import classes from './Faults.module.css'
import { bare, sentenceOfFault } from './faults'
import { nameOf } from './ProviderList'
import { armedFaults, sandboxApi, sandboxChanged } from './queries'

/** What a simulator is told to do wrong, and how to tell it more. */
export function Faults({
  provider: { provider, connector, faults: known },
}: {
  provider: Provider
}) {
  const { data } = useSuspenseQuery(armedFaults())
  const armed = data[provider] ?? []
  const path = { provider }
  const set = sandboxApi.useMutation('put', '/_sandbox/faults/{provider}', {
    onSuccess: sandboxChanged,
  })
  const clear = sandboxApi.useMutation('delete', '/_sandbox/faults/{provider}', {
    onSuccess: async () => {
      await sandboxChanged()
      notifyDone(`${nameOf(provider)} works again`)
    },
    onError: notifyProblem,
  })
  const arm = (fault: Fault) => set.mutate({ params: { path }, body: [...bare(armed), fault] })
  const disarm = (index: number) =>
    set.mutate({
      params: { path },
      body: bare(armed.filter((_, position) => position !== index)),
    })
  return (
    <Section
      title={nameOf(provider)}
      aside={connector && <TextLink to={paths.connection(connector)}>Its connection</TextLink>}
      actions={
        <ActionButton
          variant="default"
          reason={armed.length === 0 ? 'It works.' : undefined}
          loading={clear.isPending}
          onClick={() => clear.mutate({ params: { path } })}
        >
          Repair
        </ActionButton>
      }
    >
      <Stack gap="sm">
        {armed.length === 0 && (
          <StatusBadge status="working" look="plain" label="Works as it should" />
        )}
        {armed.length > 0 && (
          <ul className={classes.armed} aria-label="Faults">
            {armed.map((fault, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fault has no name but its place on the board
              <li key={`${index} ${sentenceOfFault(fault)}`} className={classes.fault}>
                <StatusBadge
                  status={fault.active ? 'failing' : 'completed'}
                  look="plain"
                  label={sentenceOfFault(fault)}
                />
                <Tooltip label="Take this fault away">
                  <ActionIcon
                    size="sm"
                    aria-label={`Take away: ${sentenceOfFault(fault)}`}
                    onClick={() => disarm(index)}
                  >
                    <IconX size={14} />
                  </ActionIcon>
                </Tooltip>
              </li>
            ))}
          </ul>
        )}
        <FaultForm known={known} isPending={set.isPending} error={set.error} onArm={arm} />
      </Stack>
    </Section>
  )
}
