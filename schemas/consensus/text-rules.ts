/** Numbers of the rules on texts about an image. */
export const textRules = {}
