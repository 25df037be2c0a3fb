import { type LoaderFunctionArgs, useParams, useSearchParams } from 'react-router'

import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { DefinitionTab } from './DefinitionTab'
import { useFlow } from './FlowFrame'
import { flowVersions } from './queries'
import { paneOf, withPane } from './workbench/pane'

export function loader({ params }: LoaderFunctionArgs) {
  void queryClient.prefetchQuery(flowVersions(params.flow ?? ''))
  return null
}

export default function FlowPage() {
  const { flow = '' } = useParams()
  const shown = useFlow(flow)
  const mayWrite = useMay('write:flows')
  const [search, setSearch] = useSearchParams()
  return (
    <DefinitionTab
      key={shown.version.digest}
      flow={flow}
      {...shown}
      readOnlyReason={mayWrite.reason}
      pane={paneOf(search)}
      onPane={(pane) => setSearch(withPane(pane), { replace: true, preventScrollReset: true })}
    />
  )
}
