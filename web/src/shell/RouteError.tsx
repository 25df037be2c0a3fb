import { Button } from '@mantine/core'
import { IconMapQuestion } from '@tabler/icons-react'
import { isRouteErrorResponse, Link, useRevalidator, useRouteError } from 'react-router'

import { asProblem } from '~/api/problem'
import { queryClient } from '~/api/queryClient'
import { paths } from '~/lib/paths'
import { EmptyState } from '~/ui/EmptyState'
import { ErrorState } from '~/ui/ErrorState'

/** What a page became when it could not be shown. The shell around it stays. */
export function RouteError() {
  const error = useRouteError()
  const { revalidate } = useRevalidator()

  if (isNotFound(error)) return <NotFound />
  const retry = () => {
    queryClient.removeQueries({ predicate: ({ state }) => state.status === 'error' })
    void revalidate()
  }
  return (
    <>
      <title>Error · Handoff</title>
      <ErrorState error={error} onRetry={retry} isPage />
    </>
  )
}

export function NotFound() {
  return (
    <>
      <title>Not found · Handoff</title>
      <EmptyState
        isPage
        icon={IconMapQuestion}
        title="Not found"
        body="There is nothing at this address, or it belongs to another tenant."
        action={
          <Button component={Link} to={paths.today()} variant="default">
            Go to Today
          </Button>
        }
      />
    </>
  )
}

function isNotFound(error: unknown): boolean {
  if (isRouteErrorResponse(error)) return error.status === 404
  const { status, errors = [] } = asProblem(error)
  // What cannot be an id is the id of nothing.
  return (
    status === 404 || (status === 422 && errors.some(({ pointer }) => /^\/\w+_id$/.test(pointer)))
  )
}
