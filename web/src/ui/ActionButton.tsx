import { Button, type ButtonProps, Tooltip } from '@mantine/core'
import type { MouseEvent, ReactNode } from 'react'

type ActionButtonProps = ButtonProps & {
  /** Why it cannot be pressed now, as a sentence; it can be when this is absent. */
  reason?: string | undefined
  onClick?: (event: MouseEvent<HTMLButtonElement>) => void
  type?: 'button' | 'submit'
  children: ReactNode
}

/** A button that says why when it cannot be pressed, to the mouse, the keyboard and screen readers. */
export function ActionButton({ reason, onClick, type = 'button', ...rest }: ActionButtonProps) {
  if (!reason) return <Button type={type} {...rest} {...(onClick && { onClick })} />
  return (
    <Tooltip label={reason} events={{ hover: true, focus: true, touch: true }}>
      <Button
        type="button"
        {...rest}
        data-disabled
        aria-disabled
        onClick={(event) => event.preventDefault()}
      />
    </Tooltip>
  )
}
