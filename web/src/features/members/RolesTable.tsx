import { useSession } from '~/features/session/session'
import { humanize } from '~/lib/format'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { Section } from '~/ui/Section'
import classes from './RolesTable.module.css'
import { AREAS, covers, LEVELS, type Level } from './roles'

export function RolesTable() {
  const { role: ownRole } = useSession()
  const own = (level: Level) => (level === ownRole ? classes.own : undefined)
  return (
    <Section
      title="What each role may do"
      description={
        <>
          Programs have roles of their own: <TextLink to={paths.tokens()}>API tokens</TextLink>.
        </>
      }
      isFlush
    >
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Area</th>
            {LEVELS.map((level) => (
              <th key={level} scope="col" className={own(level)}>
                {humanize(level)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {AREAS.map(({ area, reads, changes }) => (
            <tr key={area}>
              <th scope="row">{area}</th>
              {LEVELS.map((level) => (
                <td key={level} className={own(level)}>
                  <Extent mayRead={covers(level, reads)} mayChange={covers(level, changes)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

function Extent({ mayRead, mayChange }: { mayRead: boolean; mayChange: boolean }) {
  if (mayChange) return 'Full'
  if (mayRead) return <span className={classes.reads}>Read</span>
  return <span className={classes.none}>None</span>
}
