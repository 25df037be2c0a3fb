import { Kbd, Modal, SimpleGrid } from '@mantine/core'
import { Fragment } from 'react'

import { MOD_KEY } from './keys'
import { DESTINATIONS } from './navigation'
import classes from './ShortcutsHelp.module.css'

type Shortcut = { keys: readonly string[]; does: string }

const EVERYWHERE: readonly Shortcut[] = [
  { keys: [MOD_KEY, 'K'], does: 'Search and commands' },
  { keys: ['/'], does: 'Filter the list' },
  { keys: ['j'], does: 'Next row' },
  { keys: ['k'], does: 'Previous row' },
  { keys: ['Enter'], does: 'Open the row' },
  { keys: ['Esc', 'Tab'], does: 'Leave a text editor' },
  { keys: [MOD_KEY, 'Z'], does: 'Undo what a message offers to' },
  { keys: ['?'], does: 'These shortcuts' },
]

const GO: readonly Shortcut[] = DESTINATIONS.map(({ label, shortcut }) => ({
  keys: ['g', shortcut],
  does: label,
}))

type ShortcutsHelpProps = { onClose: () => void }

export function ShortcutsHelp({ onClose }: ShortcutsHelpProps) {
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts" size="lg">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <Shortcuts title="Everywhere" shortcuts={EVERYWHERE} />
        <Shortcuts title="Go to" shortcuts={GO} />
      </SimpleGrid>
    </Modal>
  )
}

function Shortcuts({ title, shortcuts }: { title: string; shortcuts: readonly Shortcut[] }) {
  return (
    <section>
      <h3 className={classes.title}>{title}</h3>
      <dl className={classes.list}>
        {shortcuts.map(({ keys, does }) => (
          <div key={does} className={classes.shortcut}>
            <dt>{does}</dt>
            <dd>
              {keys.map((key, index) => (
                <Fragment key={key}>
                  {index > 0 && ' '}
                  <Kbd size="xs">{key}</Kbd>
                </Fragment>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
