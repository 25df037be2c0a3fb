import { Button } from '@mantine/core'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, type Schemas } from '~/api/api'
import { Actor } from '~/features/actors/Actor'
import { LazyDiff, LazyEditor } from '~/features/flows/workbench/LazyParts'
import { useMay } from '~/features/session/may'
import { ActionButton } from '~/ui/ActionButton'
import { ConfirmModal } from '~/ui/ConfirmModal'
import { type Column, DataTable } from '~/ui/DataTable'
import { DetailDrawer } from '~/ui/DetailDrawer'
import { ErrorState } from '~/ui/ErrorState'
import { None } from '~/ui/Money'
import { notifyDone } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { BoxSkeleton } from '~/ui/Skeletons'
import { StatusBadge } from '~/ui/StatusBadge'
import { Time } from '~/ui/Time'
import classes from './PromptVersions.module.css'
import {
  invalidatePrompts,
  nameOf,
  type PromptVersion,
  promptVersion,
  promptVersions,
  SHIPPED,
} from './queries'

type PromptVersionsProps = { prompt: Schemas['PromptDetail'] }

/** The texts that there are, and the way back to each. */
export function PromptVersions({ prompt }: PromptVersionsProps) {
  const { data } = useSuspenseQuery(promptVersions(prompt.name))
  const mayWrite = useMay('write:flows')
  const [viewed, setViewed] = useState<PromptVersion>()
  const [chosen, setChosen] = useState<PromptVersion>()
  const columns: readonly Column<PromptVersion>[] = [
    ...VERSION_COLUMNS,
    {
      header: 'Actions',
      width: '12.5rem',
      align: 'right',
      cell: (row) => (
        <>
          <Button variant="subtle" color="gray" onClick={() => setViewed(row)}>
            View
          </Button>{' '}
          <ActionButton
            variant="default"
            reason={mayWrite.reason ?? (row.in_use ? 'It is in use.' : undefined)}
            onClick={() => setChosen(row)}
          >
            Roll back
          </ActionButton>
        </>
      ),
    },
  ]
  return (
    <Section
      title="Versions"
      description="Your own, and the text that your installation brings. None is lost."
      isFlush
    >
      <DataTable
        label="Versions"
        rows={data.items}
        columns={columns}
        rowKey={({ version }) => version}
        empty={null}
      />
      <DetailDrawer
        isOpen={viewed !== undefined}
        onClose={() => setViewed(undefined)}
        title={viewed?.label}
        width="wide"
      >
        {viewed && <Viewed prompt={prompt} version={viewed} />}
      </DetailDrawer>
      {chosen && (
        <RollBackModal prompt={prompt} version={chosen} onClose={() => setChosen(undefined)} />
      )}
    </Section>
  )
}

const VERSION_COLUMNS: readonly Column<PromptVersion>[] = [
  {
    header: 'Version',
    width: '6.5rem',
    cell: ({ version }) => (version === SHIPPED ? 'Shipped' : version),
  },
  {
    header: 'State',
    width: '6rem',
    onPhone: 'aside',
    cell: ({ in_use }) =>
      in_use ? <StatusBadge status="active" look="plain" label="In use" /> : <span />,
  },
  { header: 'What changed', cell: ({ note }) => note ?? <None /> },
  {
    header: 'By',
    width: '9rem',
    from: 'lg',
    cell: ({ created_by }) => (created_by ? <Actor value={created_by} /> : <None />),
  },
  {
    header: 'Published',
    width: '7rem',
    align: 'right',
    from: 'md',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
]

type ViewedProps = PromptVersionsProps & { version: PromptVersion }

/** A version's text; of one that is not in use, what it changes of the one that is. */
function Viewed({ prompt, version }: ViewedProps) {
  const { data, error, refetch } = useQuery(promptVersion(prompt.name, version.version))
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <BoxSkeleton lines={10} />
  return (
    <div className={classes.text}>
      {version.in_use ? (
        <LazyEditor label={version.label} language="prompt" value={data.text} />
      ) : (
        <LazyDiff
          label={`What ${nameOf(version)} changes of ${prompt.label}`}
          language="prompt"
          original={prompt.text}
          changed={data.text}
        />
      )}
    </div>
  )
}

function RollBackModal({ prompt, version, onClose }: ViewedProps & { onClose: () => void }) {
  const rollBack = api.useMutation('post', '/v1/prompts/{name}/roll-back', {
    onSuccess: async ({ label }) => {
      await invalidatePrompts()
      notifyDone(`${label} is in use`)
      onClose()
    },
  })
  return (
    <ConfirmModal
      isOpen
      onClose={onClose}
      title={`Roll ${prompt.title} back to ${nameOf(version)}?`}
      confirm="Roll back"
      onConfirm={() =>
        rollBack.mutate({
          params: { path: { name: prompt.name } },
          body: { version: version.version },
        })
      }
      isPending={rollBack.isPending}
      error={rollBack.error}
    >
      Models are asked with it from now on, also by runs that have begun.
      {version.version === SHIPPED && ' It follows later releases again.'}
    </ConfirmModal>
  )
}
