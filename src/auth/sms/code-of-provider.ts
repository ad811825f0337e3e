import type { AuthContext } from '../context.ts'

type Asking = Pick<AuthContext, 'messenger' | 'hooks'>

/** Whether codes are the provider's own: the project's hook, where there is one, sends those of this service. */
export function checksCodes({ messenger, hooks }: Asking): boolean {
  return messenger?.check !== undefined && !hooks.has('sendSms')
}

/** Whether a code is the one that the provider sent last, or the number's own for tests. */
export async function isCodeOfProvider(
  { messenger, settings, observe }: Asking & Pick<AuthContext, 'settings' | 'observe'>,
  phone: string,
  code: string,
): Promise<boolean> {
  const testCode = settings.sms.testCodes.get(phone)
  if (testCode !== undefined) return testCode === code
  try {
    return (await messenger?.check?.(phone, code)) ?? false
  } catch (error) {
    // As GoTrue has it: who cannot be asked has not approved.
    observe({ kind: 'message', level: 'error', text: 'the SMS provider could not be asked about a code', error })
    return false
  }
}
