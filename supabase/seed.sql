-- People, photographs and everything between them, to look around in. Nothing here is random, and ids are readable:
-- photographer 1 is 00000000-0000-4000-a000-000000000001. Dates are counted from the day of the seed.
--
-- Everyone signs in with the password `photograph`:
--   ada@example.com     a photographer with three drafts (two developed) and one selected photograph
--   edith@example.com   an editor, with a queue of five submissions; otto@example.com is another
--
-- The files are in storage/ (config.toml uploads them), their makers in CREDITS.md.

create function pg_temp.person(number integer) returns uuid language sql immutable as
$$ select ('00000000-0000-4000-a000-' || lpad(number::text, 12, '0'))::uuid $$;
create function pg_temp.photograph(number integer) returns uuid language sql immutable as
$$ select ('00000000-0000-4000-b000-' || lpad(number::text, 12, '0'))::uuid $$;
create function pg_temp.theme(number integer) returns uuid language sql immutable as
$$ select ('00000000-0000-4000-9000-' || lpad(number::text, 12, '0'))::uuid $$;
create function pg_temp.open_call(number integer) returns uuid language sql immutable as
$$ select ('00000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
-- A photograph is submitted once in this seed, so a submission has its number.
create function pg_temp.submission(photograph integer) returns uuid language sql immutable as
$$ select ('00000000-0000-4000-8001-' || lpad(photograph::text, 12, '0'))::uuid $$;


-- People -------------------------------------------------------------------------------------------------------------

create temporary table people (number integer, email text, role text, name text, city text, biography text);

insert into people values
  (1, 'ada', null, 'Ada Lindqvist', 'Uppsala', 'Still lifes from the kitchen table, mostly before breakfast.'),
  (2, 'bruno', null, 'Bruno Carvalho', 'Porto', 'Bridges, and the people who cross them at night.'),
  (3, 'chiara', null, 'Chiara Moretti', 'Milan', 'I photograph one garden, all year.'),
  (4, 'daniel', null, 'Daniel Okafor', 'Lagos', 'Black and white. Patience first, camera second.'),
  (5, 'elena', null, 'Elena Petrova', 'Sofia', 'Mountains on weekdays, too.'),
  (6, 'farid', null, 'Farid Rahimi', 'Tashkent', 'Architecture of the old trade roads.'),
  (7, 'grace', null, 'Grace Mwangi', 'Nairobi', 'Small animals at their own height.'),
  (8, 'hiro', null, 'Hiro Tanaka', 'Kyoto', 'What grows between the stones.'),
  (9, 'ines', null, 'Ines Laurent', 'Lyon', 'Rooms after everyone has left.'),
  (10, 'jonas', null, 'Jonas Weber', 'Leipzig', 'Surfaces.'),
  (11, 'keiko', null, 'Keiko Mori', 'Sapporo', 'Portraits of cats, by appointment.'),
  (12, 'luca', null, 'Luca Bianchi', 'Turin', 'Objects from drawers and museums.'),
  (13, 'maya', null, 'Maya Cohen', 'Haifa', 'People who built the machines we use.'),
  (14, 'nils', null, 'Nils Berg', 'Bergen', 'Walks of more than a day.'),
  (15, 'olga', null, 'Olga Nowak', 'Gdańsk', 'Water, in all its hurry.'),
  (16, 'pedro', null, 'Pedro Álvarez', 'Oviedo', 'The last half hour of light.'),
  (17, 'quynh', null, 'Quynh Tran', 'Da Nang', 'Windows of the neighbourhood.'),
  (18, 'rosa', null, 'Rosa Jiménez', 'Granada', 'I look more than I photograph.'),
  (19, 'samir', null, 'Samir Haddad', 'Beirut', 'Night skies, ours and borrowed ones.'),
  (20, 'tess', null, 'Tess van Dijk', 'Utrecht', 'Engines, ships, rockets.'),
  (21, 'uma', null, 'Uma Krishnan', 'Chennai', 'Portraits in the clothes of the trade.'),
  (22, 'viktor', null, 'Viktor Horvat', 'Zagreb', ''),
  (23, 'wanda', null, 'Wanda Kowalska', 'Kraków', 'Street photographer, retired nurse.'),
  (24, 'xiomara', null, 'Xiomara Reyes', 'Oaxaca', 'Colour is a subject.'),
  (25, 'yusuf', null, 'Yusuf Demir', 'İzmir', ''),
  (26, 'zoe', null, 'Zoe Papadakis', 'Chania', 'Harbours in winter.'),
  (27, 'amara', null, 'Amara Diallo', 'Dakar', 'Fabric and light.'),
  (28, 'bea', null, 'Bea Sørensen', 'Aarhus', ''),
  (29, 'edith', 'editor', 'Edith Marlowe', 'London', 'Reads every submission twice.'),
  (30, 'otto', 'editor', 'Otto Brandt', 'Hamburg', 'Looks for the photograph behind the photograph.');

insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  confirmation_token, recovery_token, email_change, email_change_token_new, created_at, updated_at
)
select
  '00000000-0000-0000-0000-000000000000', pg_temp.person(p.number), 'authenticated', 'authenticated',
  p.email || '@example.com', password.hash, now(),
  jsonb_build_object('provider', 'email', 'providers', jsonb_build_array('email')),
  jsonb_build_object('name', p.name),
  '', '', '', '', now() - interval '200 days' + p.number * interval '5 days', now()
from people p
-- One hash for all: bcrypt is slow on purpose.
cross join (select extensions.crypt('photograph', extensions.gen_salt('bf', 10)) as hash) as password;

insert into auth.identities (provider_id, user_id, provider, identity_data, created_at, updated_at)
select
  id::text, id, 'email', jsonb_build_object('sub', id, 'email', email, 'email_verified', true, 'phone_verified', false),
  created_at, updated_at
from auth.users
where id in (select pg_temp.person(number) from people);

insert into private.editors (user_id) select pg_temp.person(number) from people where role = 'editor';

-- The trigger on auth.users has made the photographers; here they describe themselves.
update public.photographers
set city = p.city, biography = p.biography, joined_at = now() - interval '200 days' + p.number * interval '5 days'
from people p
where id = pg_temp.person(p.number);

update public.photographers set website = 'https://ada.example.com' where id = pg_temp.person(1);


-- Themes and open calls ----------------------------------------------------------------------------------------------

insert into public.themes (id, slug, name, description) values
  (pg_temp.theme(1), 'nature', 'Nature', 'Landscapes, plants, animals.'),
  (pg_temp.theme(2), 'city', 'City', 'Buildings, bridges, rooms.'),
  (pg_temp.theme(3), 'people', 'People', 'Portraits and people at work.'),
  (pg_temp.theme(4), 'still-life', 'Still life', 'Things, arranged or found.'),
  (pg_temp.theme(5), 'night', 'Night', 'After sunset.'),
  (pg_temp.theme(6), 'pattern', 'Pattern', 'Repetition is the subject.');

insert into public.open_calls (id, title, brief, theme_id, opens_at, closes_at) values
  (
    pg_temp.open_call(1), 'First light', 'Photographs in which the light does the telling.', null,
    now() - interval '60 days', now() - interval '20 days'
  ),
  (
    pg_temp.open_call(2), 'Everyday colour', 'One colour, found and not arranged. Two photographs a week at most.', null,
    now() - interval '14 days', now() + interval '90 days'
  ),
  (
    pg_temp.open_call(3), 'Strangers', 'Portraits of people you had not met before.', pg_temp.theme(3),
    now() + interval '90 days', now() + interval '120 days'
  );


-- Photographs --------------------------------------------------------------------------------------------------------

-- Width and height are those of the upright original; where they are null, it has not been developed.
insert into public.photographs (
  id, photographer_id, path, title, caption, width, height,
  gallery_path, thumbnail_path, developed_at, created_at
)
select
  pg_temp.photograph(number), pg_temp.person(photographer), pg_temp.person(photographer) || '/' || file,
  title, caption, width, height,
  case when width > 0 then pg_temp.person(photographer) || '/' || pg_temp.photograph(number) || '/gallery.jpg' end,
  case when width > 0 then pg_temp.person(photographer) || '/' || pg_temp.photograph(number) || '/thumbnail.jpg' end,
  case when width > 0 then now() - interval '61 days' end,
  now() - interval '61 days'
from (values
  (1, 1, 'half-a-fig.jpg', 640, 433, 'Half a fig',
    'Lunch, cut in two on a red plate. Photo: Trevor "Freespace", CC BY 4.0.'),
  (2, 1, 'citrus.jpg', 560, 369, 'Citrus, backlit',
    'Slices on a light table. Photo: US Department of Agriculture, public domain.'),
  (3, 1, 'espresso.jpg', 600, 400, 'Espresso at the corner',
    'The first of the day. Photo: Rachel Michetti, CC0.'),
  (4, 1, 'paint-brushes.jpg', null, null, 'Brushes, unwashed',
    'Cobalt, turquoise, magenta, and a red nobody owns up to. Photo: Trevor "Freespace", CC BY 4.0.'),
  (5, 2, 'roebling-bridge.jpg', 640, 468, 'The suspension bridge',
    'Cincinnati, an hour after sunset. Photo: Derek Jensen, public domain.'),
  (6, 3, 'dahlia.jpg', 640, 427, 'Dahlia',
    'Bed four, third week of August. Photo: vultilion, CC BY 2.0.'),
  (7, 4, 'cameraman.jpg', 512, 512, 'The cameraman',
    'He waited for an hour; so did I. Photo: Lav Varshney, CC0.'),
  (8, 5, 'below-aitzgorri.jpg', 720, 479, 'Below Aitzgorri',
    'The beeches turn from the top down. Photo: Aitzol Berasategi, CC BY 4.0.'),
  (9, 5, 'snow-in-june.jpg', 560, 462, 'Snow in June',
    'What winter left in the Picos de Europa. Photo: Aitzol Berasategi (detail), CC BY 4.0.'),
  (10, 6, 'summer-palace.jpg', 560, 374, 'Above the lake',
    'The tower of the Summer Palace, Beijing. Photo: danielbuechele, CC BY 2.0.'),
  (11, 7, 'honey-bee.jpg', 640, 506, 'Breakfast on an aster',
    'A honey bee at work. Photo: John Severns, public domain.'),
  (12, 8, 'seeding.jpg', 1000, 563, 'Seeding',
    'A meadow just before it lets go. Photo: Clemens Engelhardt, CC0.'),
  (13, 8, 'before-the-wind.jpg', 524, 560, 'Before the wind',
    'The same meadow, one step closer. Photo: Clemens Engelhardt (detail), CC0.'),
  (14, 9, 'after-the-concert.jpg', 534, 800, 'After the concert',
    'A drum, a bottle, nobody. Photo: Jakub Mede, CC BY 4.0.'),
  (15, 10, 'bricks.jpg', null, null, 'Bricks',
    'Pavement, looking down. Texture: CC0 Textures, CC0.'),
  (16, 11, 'chelsea.jpg', 451, 300, 'Chelsea',
    'She had other plans for the afternoon. Photo: Stéfan van der Walt, CC0.'),
  (17, 12, 'coins-of-pompeii.jpg', 384, 303, 'Coins of Pompeii',
    'Greek coins, in rows. Photo: Brooklyn Museum, no known copyright restrictions.'),
  (18, 13, 'grace-hopper.jpg', 478, 560, 'Commodore Hopper',
    'Grace Hopper, who taught machines to read. Photo: US Navy, public domain.'),
  (19, 14, 'picos-de-europa.jpg', 560, 420, 'The path to the refuge',
    'Picos de Europa, two hours to go. Photo: Aitzol Berasategi, CC BY 4.0.'),
  (20, 15, 'life.jpg', 560, 373, 'Down to the mill',
    'After three days of rain. Photo: Aitzol Berasategi, CC BY 4.0.'),
  (21, 16, 'last-light.jpg', 900, 600, 'Last light',
    'From the summit stone. Photo: Aitzol Berasategi, CC BY 4.0.'),
  (22, 16, 'granite.jpg', 800, 460, 'Granite',
    'The summit stone itself. Photo: Aitzol Berasategi (detail), CC BY 4.0.'),
  (23, 17, 'neighbours.jpg', 533, 800, 'The neighbours',
    'They bark at the postman only. Photo: Aitzol Berasategi, CC BY 4.0.'),
  (24, 19, 'deep-field.jpg', 640, 558, 'Extreme deep field',
    'Ten years of looking at one dark spot. Photo: NASA, ESA and the Hubble XDF team, public domain.'),
  (25, 20, 'falcon-9.jpg', 640, 427, 'Before launch',
    'Falcon 9 on the pad, with DSCOVR on top. Photo: SpaceX, public domain.'),
  (26, 21, 'eileen-collins.jpg', 512, 512, 'Eileen Collins',
    'First woman to command a Space Shuttle. Photo: NASA, public domain.')
) as seed (number, photographer, file, width, height, title, caption);

insert into public.photograph_themes (photograph_id, theme_id)
select pg_temp.photograph(photograph), pg_temp.theme(theme)
from (values
  (1, 4), (2, 4), (2, 6), (3, 4), (5, 2), (5, 5), (6, 1), (7, 3), (8, 1), (9, 1), (10, 2), (11, 1), (12, 1), (13, 1),
  (14, 2), (14, 4), (15, 6), (16, 1), (17, 4), (17, 6), (18, 3), (19, 1), (20, 1), (21, 1), (21, 5), (22, 1), (23, 2),
  (24, 5), (25, 5), (26, 3)
) as seed (photograph, theme);


-- Submissions and reviews --------------------------------------------------------------------------------------------

-- The rules hold here too: each within its call's window, at most two a week. Triggers move the photographs along.
insert into public.submissions (id, photograph_id, open_call_id, submitted_at)
select
  pg_temp.submission(photograph), pg_temp.photograph(photograph), pg_temp.open_call(open_call),
  now() - days_ago * interval '1 day'
from (values
  -- First light
  (1, 1, 55), (5, 1, 50), (6, 1, 48), (7, 1, 45), (8, 1, 40), (10, 1, 39), (12, 1, 36), (14, 1, 33), (16, 1, 30),
  (19, 1, 28), (21, 1, 26), (24, 1, 24), (26, 1, 22),
  -- Everyday colour
  (11, 2, 12), (17, 2, 11), (25, 2, 9), (9, 2, 4), (13, 2, 3), (18, 2, 3), (20, 2, 2), (23, 2, 1)
) as seed (photograph, open_call, days_ago);

insert into public.reviews (submission_id, editor_id, decision, note, created_at)
select
  pg_temp.submission(photograph), pg_temp.person(editor), decision::public.review_decision, note,
  now() - days_ago * interval '1 day'
from (values
  (1, 29, 'select', 'The plate is the photograph. Wonderful.', 52),
  (5, 30, 'select', 'The lamps draw the bridge.', 47),
  (6, 29, 'select', '', 46),
  (7, 30, 'select', 'A portrait of attention.', 42),
  (8, 29, 'select', '', 37),
  (10, 29, 'reject', 'A fine view, but the light is noon''s. Please come back at dawn.', 36),
  (12, 30, 'select', 'You can feel the wind coming.', 33),
  (14, 30, 'reject', 'Too much happens in the background for so quiet a title.', 30),
  (16, 29, 'select', 'Those eyes.', 27),
  (19, 30, 'select', '', 25),
  (21, 29, 'select', 'Just in time.', 23),
  (24, 29, 'select', 'First light indeed: thirteen billion years old.', 21),
  (26, 30, 'select', '', 19),
  (11, 29, 'select', 'Yellow against violet, and nobody arranged it.', 10),
  (17, 30, 'reject', 'Beautiful objects. The call is for colour, though.', 9),
  (25, 29, 'select', 'The blue hour, with an engine in it.', 7)
) as seed (photograph, editor, decision, note, days_ago);


-- What people think of them ------------------------------------------------------------------------------------------

-- Tomorrow's pick is there already; only editors see it.
insert into public.daily_picks (day, photograph_id, editor_id, note)
select (now() at time zone 'utc')::date - days_ago, pg_temp.photograph(photograph), pg_temp.person(editor), note
from (values
  (-1, 12, 30, 'For everyone who waits for spring.'),
  (0, 1, 29, 'Lunch will not look the same again.'),
  (1, 25, 29, ''),
  (2, 11, 30, 'Look at the pollen.'),
  (3, 24, 29, ''),
  (4, 7, 30, 'Patience first, camera second.'),
  (5, 16, 29, ''),
  (6, 5, 30, '')
) as seed (days_ago, photograph, editor, note);

insert into public.favourites (photographer_id, photograph_id, created_at)
select ph.id, pg_temp.photograph(n), now() - ((p.number * n) % 7) * interval '1 day'
from people p
join public.photographers ph on ph.id = pg_temp.person(p.number)
cross join generate_series(1, 26) as n
join public.photographs f on f.id = pg_temp.photograph(n)
where f.status = 'selected' and f.photographer_id <> ph.id and (p.number * 7 + n * 3) % 4 = 0;

insert into public.follows (follower_id, followed_id)
select pg_temp.person(a), pg_temp.person(b)
from generate_series(1, 28) as a
cross join generate_series(1, 28) as b
where a <> b and (a * 5 + b * 11) % 9 = 0;

insert into public.comments (id, photograph_id, author_id, body, created_at)
select
  ('00000000-0000-4000-8002-' || lpad(number::text, 12, '0'))::uuid,
  pg_temp.photograph(photograph), pg_temp.person(author), body, now() - days_ago * interval '1 day'
from (values
  (1, 1, 24, 'That red. Which camera?', 20),
  (2, 1, 1, 'A small one, and a large window.', 20),
  (3, 1, 18, 'I keep coming back to this one.', 3),
  (4, 5, 26, 'I can hear the traffic hum.', 18),
  (5, 5, 20, 'Such clean stars on the lamps.', 16),
  (6, 6, 8, 'Every petal knows its place.', 15),
  (7, 7, 23, 'He reminds me of my first editor.', 14),
  (8, 8, 14, 'Is the hut behind the ridge still open?', 12),
  (9, 8, 5, 'On weekends, until the snow.', 12),
  (10, 11, 3, 'From how close was this?', 8),
  (11, 11, 7, 'About a hand. Bees do not mind if you breathe slowly.', 8),
  (12, 12, 27, 'Printed it. It hangs in my kitchen.', 10),
  (13, 16, 17, 'My dogs send their regards.', 6),
  (14, 16, 11, 'She sends nothing back.', 6),
  (15, 19, 21, 'Worth the two hours?', 9),
  (16, 19, 14, 'Worth four.', 9),
  (17, 21, 22, 'Now I want to go outside.', 4),
  (18, 24, 4, 'Every dot a galaxy. I had to sit down.', 5),
  (19, 25, 19, 'The calm before.', 2),
  (20, 26, 13, 'What a portrait to grow up with.', 1)
) as seed (number, photograph, author, body, days_ago);

drop table people;
