import { useSuspenseQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import type { Schemas } from '~/api/api'
import { asProblem } from '~/api/problem'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Page } from '~/ui/Page'
import { StatusBadge } from '~/ui/StatusBadge'
import { flowVersion, flowVersions } from './queries'

/** A flow's versions with the one that is shown: in use, or else the latest. */
export function useFlow(flow: string) {
  const { data: versions } = useSuspenseQuery(flowVersions(flow))
  const inUse = versions.items.find(({ in_use }) => in_use)
  const shown = inUse ?? versions.items[0]
  if (!shown) throw notFound(flow)
  const { data: version } = useSuspenseQuery(flowVersion(flow, shown.digest))
  return { versions: versions.items, version, isOff: !inUse }
}

function notFound(flow: string) {
  const detail = `There is no flow ${flow}.`
  const wire = { type: '/problems/not-found', title: 'Not found', status: 404, code: 'not-found' }
  return asProblem({ ...wire, detail })
}

type FlowFrameProps = {
  flow: string
  title: string
  version: Schemas['FlowVersion']
  versionCount: number
  isOff: boolean
  tab: 'definition' | 'versions'
  description: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** What the pages of one flow have in common. */
export function FlowFrame(props: FlowFrameProps) {
  const { flow, title, version, versionCount, isOff, tab, description, actions, children } = props
  return (
    <Page
      title={title}
      badge={<StatusBadge status={isOff ? 'off' : 'active'} />}
      width="full"
      parent={{ label: 'Flows', link: linkTo(paths.flows()) }}
      description={
        <>
          <code className="h-mono">{flow}</code> {version.version},{' '}
          {version.shipped ? 'shipped' : 'own'} · {description}
        </>
      }
      actions={actions}
      tabs={[
        { label: 'Definition', link: linkTo(paths.flow(flow)), isCurrent: tab === 'definition' },
        {
          label: 'Versions',
          link: linkTo(paths.flowVersions(flow)),
          isCurrent: tab === 'versions',
          count: versionCount,
        },
        { label: 'Runs', link: linkTo(paths.runsOfFlow(flow)), isCurrent: false },
      ]}
    >
      {children}
    </Page>
  )
}
