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

const NAME = /^[a-z][a-z0-9]*([-_.][a-z0-9]+)*$/
const ID = /_[0-9a-hjkmnp-tv-z]{26}$|^[0-9a-f]{8}-/

/** Whether it is called so by people, such as a flow or a role; there is nothing to shorten then. */
export function isName(id: string): boolean {
  return NAME.test(id) && !ID.test(id)
}

/** The id of any thing, as a link to its page where it has one. */
export function Subject({ id }: { id: string }) {
  const page = pageOf(id)
  if (isName(id)) return <code className="h-mono">{id}</code>
  if (!page) return <Id value={id} />
  return (
    <TextLink to={page}>
      <code className="h-mono" title={id}>
        {shortId(id)}
      </code>
    </TextLink>
  )
}
