insert into public.articles (title) values ('');
call public.tidy();
vacuum analyze public.articles;
