-- Who may reach which file. Both buckets (config.toml makes them) are private, so that each download asks here.
--
--   photographs   originals, at PHOTOGRAPHER/FILE, where PHOTOGRAPHER is the uploader's id
--   developed     gallery and thumbnail sizes, at PHOTOGRAPHER/PHOTOGRAPH/gallery.jpg and …/thumbnail.jpg
--
-- Only the function `develop` writes developed sizes: it has the service key, which no policy binds.

-- Subqueries on public.photographs run as the caller: whoever sees the row sees its sizes, and nobody else. A
-- selected photograph's are everyone's, a draft's its photographer's alone.
create policy "Developed sizes are seen with their photograph"
  on storage.objects for select to anon, authenticated
  using (
    bucket_id = 'developed'
    and exists (select from public.photographs p where objects.name in (p.gallery_path, p.thumbnail_path))
  );

-- Originals are never public: they carry what the camera wrote into them, place included.
create policy "Originals are seen by their photographer and by editors"
  on storage.objects for select to authenticated
  using (
    bucket_id = 'photographs'
    and (
      (storage.foldername(name))[1] = (select auth.uid())::text
      or ((select private.is_editor()) and exists (select from public.photographs p where p.path = objects.name))
    )
  );

create policy "Photographers upload originals into their own folder"
  on storage.objects for insert to authenticated
  with check (
    bucket_id = 'photographs'
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and exists (select from public.photographers p where p.id = (select auth.uid()))
  );

-- A file cannot be swapped for another once its photograph is under review or public.
create policy "Photographers replace originals of what is not submitted"
  on storage.objects for update to authenticated
  using (
    bucket_id = 'photographs'
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and not exists (select from public.photographs p where p.path = objects.name and p.status <> 'draft')
  )
  with check (bucket_id = 'photographs' and (storage.foldername(name))[1] = (select auth.uid())::text);

create policy "Photographers delete originals of what is not submitted"
  on storage.objects for delete to authenticated
  using (
    bucket_id = 'photographs'
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and not exists (select from public.photographs p where p.path = objects.name and p.status <> 'draft')
  );
