/** The rooms that take long to load, for whoever has something to do meanwhile. */
export async function loadRooms() {
  const [{ createGateway }, { embeddedServices }, { managedServices }] = await Promise.all([
    import('#gateway'),
    import('./embedded-services.ts'),
    import('./managed-services.ts'),
  ])
  return { createGateway, embeddedServices, managedServices }
}
