import { Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'

import { asProblem, messageOf } from '~/api/problem'
import { CopyButton } from './CopyButton'
import { EmptyState } from './EmptyState'

type ErrorStateProps = {
  /** Whatever was thrown. */
  error: unknown
  onRetry?: () => void
  /** It stands instead of a page. */
  isPage?: boolean
}

export function ErrorState({ error, onRetry, isPage = false }: ErrorStateProps) {
  const problem = asProblem(error)
  const message = messageOf(error)
  return (
    <div role="alert">
      <EmptyState
        isPage={isPage}
        icon={IconAlertTriangle}
        title={problem.title}
        body={
          <>
            {message.replace(/\.$/, '') !== problem.title && <>{message} </>}
            <span className="h-faint">
              <code className="h-mono">{problem.code}</code>
              {problem.request_id && (
                <>
                  , request <code className="h-mono">{problem.request_id}</code>{' '}
                  <CopyButton value={problem.request_id} label="Copy request id" />
                </>
              )}
            </span>
          </>
        }
        action={
          onRetry &&
          // Asking again gives nobody a permission.
          problem.status !== 403 && (
            <Button variant="default" onClick={onRetry}>
              Try again
            </Button>
          )
        }
      />
    </div>
  )
}
