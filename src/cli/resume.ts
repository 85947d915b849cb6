import { Command } from 'commander'
import { environmentHelp } from './environment.js'
import type { ResumeFlags } from './resume-session.js'
import { addQueueFlags } from './worker-flags.js'

const examples = `
Goes on from what the object store says is committed: with an empty Redis, on another machine, with another number of
workers. A run that was paused or cancelled is let go again. What would make it another run is refused and named: other
images, another pipeline, other model files; a new run then reuses all observations that still hold. A round of a checkpoint
that is not closed goes on as it was begun.

Examples:
  fld resume starter-1a2b3c4d --out ./dataset
  REDIS_URL=redis://queue:6379 fld resume starter-1a2b3c4d --out s3://datasets/mine --workers 4
  fld resume starter-1a2b3c4d --out s3://datasets/mine --images /mnt/photos    (while they were still being packed)
${environmentHelp}`

/** `fld resume`. */
export function command(): Command {
  const resume = new Command('resume')
    .description('Goes on with a run by its name, wherever it stopped.')
    .argument('<run>', 'the run (fld runs lists them)')
    .option('--out <store>', 'folder or s3://bucket/prefix (default: FLD_OUT or ./fld-data)')
    .option('--images <source>', 'where the images are now, if packing them had not ended (default: where they were)')
    .option('--image-folder <folder>', 'where the images of a COCO annotation file are now')
  return addQueueFlags(resume)
    .addHelpText('after', examples)
    .action(async (run: string, flags: ResumeFlags) => {
      const { resumeSession } = await import('./resume-session.js')
      process.exitCode = await resumeSession(run, flags)
    })
}
