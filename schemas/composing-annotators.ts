/**
 * Names of workers whose texts are composed of the agreed regions that they are shown, so that they are as true as these:
 * decided again, a text of theirs falls with a region that it names.
 */
export const composingAnnotators: readonly string[] = ['caption']
