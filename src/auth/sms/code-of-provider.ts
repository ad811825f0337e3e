import type { AuthContext } from '../context.ts'

type Asking = Pick<AuthContext, 'messenger' | 'hooks'>

/** Whether codes are the provider's own: the project's hook, where there is one, sends those of this service. */
export function checksCodes({ messenger, hooks }: Asking): boolean {
  return messenger?.check !== undefined && !hooks.has('sendSms')
}

/** Whether a code is the one that the provider sent last to a number. */
export async function isCodeOfProvider(
  { messenger, observe }: Pick<AuthContext, 'messenger' | 'observe'>,
  phone: string,
  code: string,
): Promise<boolean> {
  try {
    return (await messenger?.check?.(phone, code)) ?? false
  } catch (error) {
    // As GoTrue has it: who cannot be asked has not approved.
    observe({ kind: 'message', level: 'error', text: 'the SMS provider could not be asked about a code', error })
    return false
  }
}
