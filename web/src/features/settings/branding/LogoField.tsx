import { Button, FileButton, Group } from '@mantine/core'
import { useState } from 'react'

import classes from './BrandingForm.module.css'
import { PICTURE_TYPES, type Picture, problemOfFile, readPicture } from './picture'

type LogoFieldProps = {
  /** The address of what is shown: the present logo, or the one that was chosen. */
  logo: string | undefined
  onChoose: (picture: Picture) => void
  onRemove: () => void
}

export function LogoField({ logo, onChoose, onRemove }: LogoFieldProps) {
  const [problem, setProblem] = useState<string>()
  const take = async (file: File | null) => {
    if (!file) return
    const found = problemOfFile(file)
    setProblem(found)
    if (!found) onChoose(await readPicture(file))
  }
  return (
    <div>
      <div className={classes.label}>Logo</div>
      <div className={classes.logo}>
        {logo ? (
          <img src={logo} alt="The logo" className={classes.picture} />
        ) : (
          <div className={classes.nothing}>None</div>
        )}
        <div>
          <Group gap="xs">
            <FileButton onChange={(file) => void take(file)} accept={PICTURE_TYPES}>
              {(props) => (
                <Button variant="default" {...props}>
                  {logo ? 'Replace' : 'Choose a picture'}
                </Button>
              )}
            </FileButton>
            {logo && (
              <Button variant="subtle" color="gray" onClick={onRemove}>
                Remove
              </Button>
            )}
          </Group>
          <div role={problem ? 'alert' : undefined} className="h-muted">
            {problem ?? 'PNG, JPEG or SVG, at most 500 kB.'}
          </div>
        </div>
      </div>
    </div>
  )
}
