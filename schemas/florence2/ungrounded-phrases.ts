/**
 * The phrases that Florence-2's released processor leaves out of phrase grounding (`banned_grounding_tokens` of its
 * post-processing). They are compared to the letter: `It` is none of them. What the engine itself takes for no phrase is
 * another list (`phraseBlacklist`).
 */
export const ungroundedPhrases: ReadonlySet<string> = new Set([
  ...['I', 'me', 'mine', 'myself', 'we', 'us', 'our', 'ours', 'ourselves'],
  ...['you', 'your', 'yours', 'yourself', 'yourselves', 'one', 'oneself', 'each other', 'one another'],
  ...['he', 'him', 'his', 'himself', 'she', 'her', 'hers', 'herself', 'it', 'its', 'itself'],
  ...['they', 'them', 'their', 'theirs', 'themselves', 'this', 'that', 'these', 'those'],
  ...['who', 'whom', 'whose', 'which', 'what', 'all', 'another', 'any', 'anybody', 'anyone', 'anything'],
  ...['each', 'everybody', 'everyone', 'everything', 'few', 'many', 'nobody', 'none', 'several'],
  ...['some', 'somebody', 'someone', 'something', 'the', 'a', 'an'],
  ...['image', 'images', 'the image', 'a group', 'other objects', 'lots', 'a set'],
])
