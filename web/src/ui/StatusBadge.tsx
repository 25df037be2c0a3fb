import classes from './StatusBadge.module.css'
import { type StatusLook, statusLook } from './status'
import tones from './tone.module.css'

type StatusBadgeProps = {
  /** A status word of the API. */
  status: string
  /** `plain` in tables, where many stand below each other; `pill` in headers; `icon` where most are alike. */
  look?: 'plain' | 'pill' | 'icon'
  /** In place of the word's usual label. */
  label?: string
  /** In place of the word's usual tone, where the page knows better. */
  tone?: StatusLook['tone']
}

export function StatusBadge({ status, look = 'pill', label, tone }: StatusBadgeProps) {
  const usual = statusLook(status)
  const Icon = usual.icon
  const words = label ?? usual.label
  return (
    <span
      className={[classes.badge, look === 'pill' && classes.pill, tones[tone ?? usual.tone]]
        .filter(Boolean)
        .join(' ')}
      {...(look === 'icon' && { title: words })}
    >
      {look === 'icon' ? (
        <Icon size={14} stroke={2} role="img" aria-label={words} />
      ) : (
        <>
          <Icon size={14} stroke={2} aria-hidden />
          {words}
        </>
      )}
    </span>
  )
}
