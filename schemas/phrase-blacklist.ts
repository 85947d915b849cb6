/**
 * Phrases that stand for no region of an image: pronouns, determiners and words about pictures. The set that Florence-2's
 * released processor drops from phrase grounding, with `my`, and `i` in lower case; compared in lower case.
 */
export const phraseBlacklist: readonly string[] = [
  ...['i', 'me', 'mine', 'my', 'myself', 'we', 'us', 'our', 'ours', 'ourselves'],
  ...['you', 'your', 'yours', 'yourself', 'yourselves', 'one', 'oneself', 'each other', 'one another'],
  ...['he', 'him', 'his', 'himself', 'she', 'her', 'hers', 'herself', 'it', 'its', 'itself'],
  ...['they', 'them', 'their', 'theirs', 'themselves', 'this', 'that', 'these', 'those'],
  ...['who', 'whom', 'whose', 'which', 'what', 'all', 'another', 'any', 'anybody', 'anyone', 'anything'],
  ...['each', 'everybody', 'everyone', 'everything', 'few', 'many', 'nobody', 'none', 'several'],
  ...['some', 'somebody', 'someone', 'something', 'the', 'a', 'an'],
  ...['image', 'images', 'the image', 'a group', 'other objects', 'lots', 'a set'],
]
