export { type Captcha, type CaptchaSettings, createCaptcha } from './captcha.ts'
