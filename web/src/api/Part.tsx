import { QueryErrorResetBoundary } from '@tanstack/react-query'
import { Component, type ReactNode, Suspense } from 'react'

import { ErrorState } from '~/ui/ErrorState'
import { BoxSkeleton } from '~/ui/Skeletons'

type PartProps = {
  children: ReactNode
  /** What stands there while it reads. */
  loading?: ReactNode
}

/** A part of a page that reads for itself: when that fails, the rest of the page stays. */
export function Part({ children, loading = <BoxSkeleton /> }: PartProps) {
  return (
    <QueryErrorResetBoundary>
      {({ reset }) => (
        <Boundary onRetry={reset}>
          <Suspense fallback={loading}>{children}</Suspense>
        </Boundary>
      )}
    </QueryErrorResetBoundary>
  )
}

type BoundaryProps = { children: ReactNode; onRetry: () => void }
type BoundaryState = { failure: { error: unknown } | undefined }

class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { failure: undefined }

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { failure: { error } }
  }

  retry = () => {
    this.props.onRetry()
    this.setState({ failure: undefined })
  }

  override render() {
    const { failure } = this.state
    if (!failure) return this.props.children
    return <ErrorState error={failure.error} onRetry={this.retry} />
  }
}
