/** From the settings to the advisers that are meant: which model, behind which server, with which key. */
import { SuhoError } from '../errors.js';

/** The part of the settings that is about advisers. */
export interface AdviserSettings {
  /** `off`, or `PROVIDER:MODEL[@URL]`, several with commas. */
  readonly advisers: string;
  readonly openaiKey: string;
  readonly deepseekKey: string;
  readonly googleKey: string;
  /** Of the provider `other`. */
  readonly adviserKey: string;
  readonly allowPlain: boolean;
}

interface Provider {
  readonly url: string | undefined;
  readonly key: keyof AdviserSettings & `${string}Key`;
  readonly lengthField: 'max_tokens' | 'max_completion_tokens';
  /** A server of one's own may ask for none. */
  readonly needsKey: boolean;
}

const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: { url: 'https://api.openai.com/v1', key: 'openaiKey', lengthField: 'max_completion_tokens', needsKey: true },
  deepseek: { url: 'https://api.deepseek.com', key: 'deepseekKey', lengthField: 'max_tokens', needsKey: true },
  google: {
    url: 'https://generativelanguage.googleapis.com/v1beta/openai',
    key: 'googleKey',
    lengthField: 'max_tokens',
    needsKey: true,
  },
  other: { url: undefined, key: 'adviserKey', lengthField: 'max_tokens', needsKey: false },
};

export interface AdviserWish {
  /** Name in the ensemble: `adviser-openai`. */
  readonly name: string;
  readonly model: string;
  readonly url: string;
  readonly key: string;
  readonly lengthField: Provider['lengthField'];
}

function refuse(sentence: string): never {
  throw new SuhoError('CONFIG_INVALID', sentence);
}

const LOOPBACK = /^(localhost|\[::1\]|127(\.\d+){3})$/;

/** Keys travel in each request: in the clear only where nobody else hears it, or where the operator says so. */
function checkedUrl(provider: string, text: string, allowPlain: boolean): string {
  if (!URL.canParse(text)) refuse(`advisers: the URL of ${provider} is none`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    refuse(`advisers: the URL of ${provider} may hold no name, password, query or fragment; its key is a setting`);
  if (url.protocol === 'http:' && !allowPlain && !LOOPBACK.test(url.hostname))
    refuse(`advisers: ${provider} over http:// would carry its key in the clear: use https://, or set allowPlain`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function wishOf(text: string, settings: AdviserSettings): AdviserWish {
  const [, name = '', model = '', url] = /^([a-z]+):([^@]+)(?:@(.+))?$/.exec(text) ?? [];
  const provider = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
  if (provider === undefined) refuse(`advisers: each is ${Object.keys(PROVIDERS).join(', ')}, a colon and a model`);
  const key = settings[provider.key];
  if (provider.needsKey && key === '') refuse(`advisers: ${name} needs its key, the setting ${provider.key}`);
  const at = url ?? provider.url ?? refuse(`advisers: ${name} needs the URL of its server: ${name}:MODEL@URL`);
  const { lengthField } = provider;
  return { name: `adviser-${name}`, model, url: checkedUrl(name, at, settings.allowPlain), key, lengthField };
}

/** None where they are off. One of each provider: its name stands for it in the ensemble and in what was learned of it. */
export function advisersOf(settings: AdviserSettings): readonly AdviserWish[] {
  if (settings.advisers === 'off') return [];
  const wishes = settings.advisers.split(',').map((text) => wishOf(text.trim(), settings));
  const names = wishes.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) refuse(`advisers: ${twice.replace('adviser-', '')} is named twice`);
  return wishes;
}
