const token = "[\\w!#$%&'*+.^`|~-]+"
const mediaType = new RegExp(`^${token}/${token}$`)

/** Whether it is the name of a media type, with or without parameters: what Storage takes for a `Content-Type`. */
export function isMediaType(contentType: string): boolean {
  const [type = ''] = contentType.split(';')
  return mediaType.test(type.trim())
}
