import { Button, Stack } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'

import type { Schemas } from '~/api/api'
import { Part } from '~/api/Part'
import { queryClient } from '~/api/queryClient'
import { paths } from '~/lib/paths'
import { type Column, DataTable } from '~/ui/DataTable'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { Section } from '~/ui/Section'
import { StatusBadge } from '~/ui/StatusBadge'
import { SettingsFrame } from '../SettingsFrame'
import classes from './Alerts.module.css'
import { alertRules, alertSettings, conditionOf, RULES } from './queries'
import { RecipientsForm } from './RecipientsForm'
import { RuleForm } from './RuleForm'

export function loader() {
  void queryClient.prefetchQuery(alertRules())
  void queryClient.prefetchQuery(alertSettings())
  return null
}

export default function AlertSettingsPage() {
  return (
    <SettingsFrame
      title="Alerts"
      description="What is watched, from when on it is an alert, and who is told."
      actions={
        <Button component={Link} to={paths.alerts()} variant="default">
          Open alerts
        </Button>
      }
    >
      <Stack gap="md">
        <Section
          title="Rules"
          description="An alert is raised once for each cause, and resolved when it is over."
          isFlush
        >
          <Part>
            <Rules />
          </Part>
        </Section>
        <Section title="Who is told">
          <Part>
            <Recipients />
          </Part>
        </Section>
      </Stack>
    </SettingsFrame>
  )
}

function Rules() {
  const { data } = useSuspenseQuery(alertRules())
  const [edited, setEdited] = useState<Schemas['RuleName']>()
  const rule = data.items.find((it) => it.rule === edited)
  return (
    <>
      <DataTable
        label="Alert rules"
        rows={data.items}
        columns={columns}
        rowKey={(it) => it.rule}
        rowLink={(it) =>
          ({ children, className }) => (
            <button
              type="button"
              className={`${className} ${classes.open}`}
              data-row-link
              onClick={() => setEdited(it.rule)}
            >
              {children}
            </button>
          )}
        empty={null}
      />
      <DetailDrawer
        isOpen={rule !== undefined}
        onClose={() => setEdited(undefined)}
        title={rule ? RULES[rule.rule].label : ''}
      >
        {rule && <RuleForm key={rule.rule} rule={rule} onDone={() => setEdited(undefined)} />}
      </DetailDrawer>
    </>
  )
}

function Recipients() {
  const { data } = useSuspenseQuery(alertSettings())
  return <RecipientsForm key={JSON.stringify(data)} settings={data} />
}

const columns: readonly Column<Schemas['AlertRule']>[] = [
  {
    header: 'Rule',
    width: '14rem',
    cell: ({ rule }) => <span title={RULES[rule].means}>{RULES[rule].label}</span>,
  },
  {
    header: 'Raises an alert at',
    cell: (rule) => <span className={classes.condition}>{conditionOf(rule)}</span>,
  },
  {
    header: 'Severity',
    width: '7rem',
    from: 'md',
    cell: ({ severity }) => <StatusBadge status={severity} look="plain" />,
  },
  {
    header: 'Told',
    width: '4.5rem',
    from: 'md',
    cell: ({ notify }) => (notify ? 'Yes' : <span className="h-muted">No</span>),
  },
  {
    header: 'State',
    width: '6rem',
    onPhone: 'aside',
    cell: ({ enabled }) => (
      <StatusBadge
        status={enabled ? 'active' : 'off'}
        label={enabled ? 'On' : 'Off'}
        look="plain"
      />
    ),
  },
]
