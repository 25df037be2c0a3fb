/** Does what a refused request needs, and says whether it was done. */
type Remedy = () => Promise<boolean>

const remedies = new Map<string, Remedy>()

/** Says what to do about a problem, by its code, before the refused request is sent once more. */
export function remedyFor(code: string, remedy: Remedy) {
  remedies.set(code, remedy)
}

/** Whether there is a remedy for this refusal and it worked, so that trying again makes sense. */
export async function remedied(refusal: Response): Promise<boolean> {
  const { code }: { code?: string } = await refusal
    .clone()
    .json()
    .catch(() => ({}))
  return (await remedies.get(code ?? '')?.()) ?? false
}
