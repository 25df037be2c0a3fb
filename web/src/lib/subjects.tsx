import { Id, shortId } from '~/ui/CopyButton'
import { TextLink } from './links'
import { paths } from './paths'

const PAGES = new Map<string, (id: string) => string>(
  Object.entries({
    client: paths.client,
    lead: paths.lead,
    deliv: paths.deliverable,
    proj: paths.project,
    inv: paths.invoice,
    form: paths.form,
    run: paths.run,
    htask: paths.task,
    whd: paths.webhook,
    whm: paths.webhookMessage,
    whs: paths.webhookSubscription,
  }),
)

/** The page of the thing with this id, if things of its kind have pages. */
export function pageOf(id: string): string | undefined {
  const kind = id.slice(0, Math.max(0, id.lastIndexOf('_')))
  return PAGES.get(kind)?.(id)
}

/** The id of any thing, as a link to its page where it has one. */
export function Subject({ id }: { id: string }) {
  const page = pageOf(id)
  if (!page) return <Id value={id} />
  return (
    <TextLink to={page}>
      <code className="h-mono" title={id}>
        {shortId(id)}
      </code>
    </TextLink>
  )
}
