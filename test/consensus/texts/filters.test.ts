import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textBoilerplate } from '../../../schemas/text-boilerplate.js'
import { contentWords } from '../../../src/consensus/texts/filters/content.js'
import {
  detectLanguage,
  type LanguageLimits,
  otherThan,
  readyForLanguages,
} from '../../../src/consensus/texts/filters/language.js'
import { markupIn } from '../../../src/consensus/texts/filters/markup.js'
import { isPlainEnglish } from '../../../src/consensus/texts/filters/plain-english.js'
import { repeatedShare } from '../../../src/consensus/texts/filters/repetition.js'
import { salesTalkIn } from '../../../src/consensus/texts/filters/sales-talk.js'

describe('content words', () => {
  it.each([
    'IMG_2034.jpg',
    'img-20190504-wa0012',
    'DSC_0012',
    'P1010234',
    'https://example.org/photos/12?size=l',
    'photo-1512058564366-18510be2db19.webp',
    'Screenshot 2020-01-02 at 10.22.33',
    'untitled',
    'Buy now',
    'Click here to view the full size image',
    'image not available',
    'May 12th, 2019',
    '3f2504e04f8941d39a0c0305e82c3301',
    '12 / 34',
    'Photo by John Smith',
    'Image courtesy of J. Doe-Meyer',
    'Product image 3',
    'Best deals - read more about our products',
    '!!!',
    'info@example.org',
    'asdf qwer zxcv uiop',
    'lorem ipsum dolor sit amet, consectetur',
    'Royalty-free stock photo ID: 1234',
  ])('there are none in %j', (text) => expect(contentWords(text, textBoilerplate)).toEqual([]))

  it.each([
    ['A red logo', ['red']],
    ['Click to enlarge: dog on sofa', ['dog', 'sofa']],
    ['IMG_2034.jpg of two dogs', ['two', 'dogs']],
    ['photo of Rome by night', ['rome', 'night']],
    ['A painting by Vincent van Gogh', ['painting', 'van', 'gogh']],
    ['A man may jump', ['man', 'may', 'jump']],
    ['Ein Käse', ['ein', 'käse']],
    ['猫', ['猫']],
  ])('of %j they are %j', (text, words) => expect(contentWords(text, textBoilerplate)).toEqual(words))
})

describe('markup', () => {
  it.each([
    '<b>A dog</b>',
    '&lt;img src=dog.png&gt;',
    'A dog &amp; a cat',
    '{{ product.title }}',
    '<img alt="x" src=',
    'a<br/>b',
  ])('is found in %j', (text) => expect(markupIn(text)).not.toBeNull())
  it.each(['A dog & a cat', 'A sign that says 3 < 5', 'Johnson & Johnson; a bottle', 'I <3 dogs'])(
    'is not in %j',
    (text) => expect(markupIn(text)).toBeNull(),
  )
})

describe('sales talk', () => {
  it.each([
    "Buy now! Limited offer on men's shoes",
    'Shop our new dresses',
    'A chair - free shipping',
    'Save up to 50 % on lamps',
  ])('is found in %j', (text) => expect(salesTalkIn(text)).not.toBeNull())
  it.each(['A sign says buy now', 'People shop in a market', 'A man orders food online', 'A sale in a shop window'])(
    'is not in %j',
    (text) => expect(salesTalkIn(text)).toBeNull(),
  )
})

describe('repetition', () => {
  it.each([
    'a cat and a cat and a cat and a cat and a cat',
    'dog dog dog dog dog dog',
    'A dog on a bed. A dog on a bed. A dog on a bed.',
    'There is a man in a red shirt. The sky is blue. There is a man in a red shirt. The sky is blue.',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'hahahahahahahaha',
    `A street with cars, ${'and a car '.repeat(20)}`,
  ])('is most of %j', (text) => expect(repeatedShare(text)).toBeGreaterThan(0.3))

  it.each([
    ['A dog on the left and a dog on the right.', 0],
    ['A very very very large dog on a green lawn in a park.', 0.2],
    ['AAAA batteries', 0.3],
    ['Tall tall trees', 0],
    ['', 0],
    ['…', 0],
  ])('is no more of %j than %d', (text, most) => expect(repeatedShare(text)).toBeLessThanOrEqual(most))

  it('is a share of the text, of any text, and grows when the text is said again and again', () => {
    const word = fc.constantFrom('a', 'cat', 'dog', 'on', 'mat', 'Käse', '猫', '🐈', '.', ' ')
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        const text = words.join(' ')
        const share = repeatedShare(text)
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1)
        if (/[\p{Letter}]/u.test(text)) expect(repeatedShare(`${text} `.repeat(4))).toBeGreaterThan(0.5)
      }),
    )
  })

  it('takes no long time over a long text', () => {
    // One that goes over it again and again would run into the time that a test has.
    expect(repeatedShare('abc def '.repeat(600))).toBeGreaterThan(0.9)
    const letters = Array.from({ length: 5000 }, (_, at) => String.fromCharCode(97 + ((at * at * 7) % 26))).join('')
    expect(repeatedShare(letters)).toBeLessThanOrEqual(1)
  })
})

describe('the language of a text', () => {
  const limits: LanguageLimits = { words: 4, margin: 0.15 }
  const otherLanguage = (text: string, allowed: readonly string[]) =>
    otherThan(detectLanguage(text, limits), allowed, limits)

  it('of one that is not plain English is not told before the tables are there', async () => {
    expect(() => detectLanguage('Un gato negro sentado en una silla', limits)).toThrow(/was not asked about "Un gato/)
    await readyForLanguages(['A cat on a couch.', 'Un gato negro sentado en una silla'])
    expect(detectLanguage('Un gato negro sentado en una silla', limits)?.language).toBe('es')
  })

  it.each(['Two TVs, four buses and a hot dog.', 'The image shows a cup on the left.', 'a red-and-white kite', ''])(
    '%j is plain English',
    (text) => {
      expect(isPlainEnglish(text)).toBe(true)
      expect(otherLanguage(text, ['en'])).toBeNull()
    },
  )

  it('is English where all words are plain, for who asks for other languages too', () => {
    expect(otherLanguage('Two TVs, four buses and a hot dog.', ['de'])).toMatchObject({ language: 'en', score: 1 })
  })

  it.each(['Un gato negro sentado en una silla', 'Zwei Autos auf einer Straße', 'un taxi', 'A sofa – 猫'])(
    '%j is not plain English',
    (text) => expect(isPlainEnglish(text)).toBe(false),
  )

  it.each([
    ['Ein brauner Hund läuft über eine grüne Wiese.', 'de'],
    ['Un gato negro sentado en una silla', 'es'],
    ['犬が芝生の上を走っている。', 'ja'],
    ['Коричневая собака бежит по траве', 'ru'],
    ['كلب بني يركض على العشب', 'ar'],
  ])('%j is surely not English', (text, language) => {
    expect(otherLanguage(text, ['en'])).toMatchObject({ language })
    expect(otherLanguage(text, [language])).toBeNull()
    expect(otherLanguage(text, [])).toBeNull()
  })

  it.each([
    'A brown dog running across a green field.',
    'birthday cake',
    'Chien noir',
    'a cal zone on a blue and white plate',
    'A sign that says "Achtung! Betreten der Baustelle verboten".',
    '12 34 56 78',
    '',
  ])('%j may be English', (text) => expect(otherLanguage(text, ['en'])).toBeNull())
})
