"""The words of boilerplate lines, by kind, in English, Spanish, French, German, Portuguese and Italian.

Each pattern is tried on a whole line, in small letters, with single spaces and without bullets, arrows and stops at its ends.
To add a phrase, put it into the rule of its kind, in small letters. `ANYWHERE` holds wherever a line stands, `HEAD` only above
the second line of prose, `TAIL` only below the last one. A line of a kind in `LABELS` stays where it ends like a sentence: it
says something itself.
"""

from __future__ import annotations

NETWORK = (
    r"(?:facebook|twitter|x|whatsapp|telegram|linkedin|pinterest|reddit|tumblr|flipboard|instagram|threads|bluesky|"
    r"mastodon|messenger|youtube|tiktok|e-?mail|copy\ link|print|pocket)"
)
_CLOCK = (
    r"(?:\d{1,2}[:.h]\d{2}(?:\ ?[ap]\.?\ ?m\.?)?|\d{1,2}\ ?[ap]\.?\ ?m\.?)"
    r"(?:\ ?(?:uhr|h|hrs?|horas|gmt|utc|bst|cest|cet|[ecmp][sd]?t)\.?)?"
)
AGENCY = (
    r"(?:reuters|ap|associated\ press|the\ associated\ press|afp|agence\ france-presse|efe|agencia\ efe|dpa|ansa|xinhua|upi|"
    r"europa\ press|lusa|getty(?:\ images)?|epa(?:-efe)?|bloomberg|kyodo|yonhap|tass|anadolu|ap\ photo|ap\ images|shutterstock|"
    r"istock|alamy|imago|picture\ alliance|zuma|nurphoto|pa\ media|pa\ wire|notimex|andina|telam|agência\ brasil)"
)
LABELS = ("related link", "photo credit", "byline")
_AGO = (
    r"(?:(?:posted|published|(?:last\ )?updated|modified)\ )?(?:\d{1,2}|an?|one)"
    r"\ (?:seconds?|min(?:ute)?s?|hours?|hrs?|days?|weeks?)\ ago"
)
_FREE_LINE = r"[^.!?…]{1,160}"

ANYWHERE = {
    "breadcrumb": r"""
        (?:home|homepage|startseite|inicio|portada|accueil|início|hjem)\ ?[»›>→]\ ?.+""",
    "comment form": r"""
        leave\ a\ (?:comment|reply)(?:\ cancel\ reply)? | (?:post|add|write)\ a\ comment | cancel\ reply
        | join\ the\ (?:conversation|discussion)
        | (?:view|show|hide|read|see)\ (?:all\ )?(?:\d+\ )?comments? | (?:\d+|no)\ comments?(?:\ yet)? | comments\ are\ closed
        | your\ e-?mail\ address\ will\ not\ be\ published.* | required\ fields\ are\ marked
        | save\ my\ name,\ e-?mail,?\ and\ website\ in\ this\ browser.* | you\ must\ be\ logged\ in\ to\ .{0,40}comment
        | (?:log|sign)\ in\ to\ (?:leave\ a\ |post\ a\ )?comment | (?:please\ )?(?:log
        |sign)\ in\ to\ join\ the\ (?:conversation|discussion)
        | this\ site\ uses\ akismet\ .* | learn\ how\ your\ comment\ data\ is\ processed
        | be\ the\ first\ to\ comment | sort\ by:?\ (?:newest|oldest|best) | notify\ me\ of\ (?:new|follow-up)\ (?:posts
        |comments)\ by\ e-?mail
        | dejar?\ (?:un|tu)\ comentario | deja\ una\ respuesta | cancelar\ (?:la\ )?respuesta
        | (?:ver\ )?(?:\d+\ )?comentarios
        | tu\ dirección\ de\ correo\ electrónico\ no\ será\ publicada.* | los\ campos\ (?:obligatorios
        |necesarios)\ están\ marcados.*
        | laisser\ un\ commentaire | annuler\ la\ réponse | votre\ adresse\ e-?mail\ ne\ sera\ pas\ publiée.*
        | \d+\ commentaires?
        | schreibe\ einen\ kommentar | kommentar\ (?:schreiben|verfassen|abgeben) | antwort\ abbrechen | \d+\ kommentare?
        | (?:deine|ihre)\ e-?mail-adresse\ wird\ nicht\ veröffentlicht.*
        | deixe\ (?:um\ comentário|uma\ resposta) | cancelar\ resposta | o\ seu\ endereço\ de\ e-?mail\ não\ será\ publicado.*
        | lascia\ un(?:\ commento|a\ risposta) | annulla\ risposta | il\ tuo\ indirizzo\ e-?mail\ non\ sarà\ pubblicato.*""",
    # A question goes with the call that follows it, and only when the line holds nothing else.
    "call for comments": r"""
        (?:(?:what\ are\ your|what\ do\ you|how\ do\ you|do\ you|have\ you|would\ you)\ [^?.!]{1,200}\?\ )?
        (?:share\ your|leave\ your|tell\ us|let\ us\ know|have\ your\ say)\b[^?.!]{0,100}
        \bin\ the\ comments?(?:\ section)?(?:\ below)?""",
    "related links": r"""
        you\ (?:may|might)\ also\ (?:like|be\ interested\ in) | you\ may\ have\ missed | don[’']t\ miss | what\ to\ read\ next
        | (?:related|recommended|popular|trending|editor[’']?s[’']?)\ (?:articles?|posts?|stories|news|content|coverage
        |topics|reads?|reading|picks|links)
        | recommended\ (?:for\ you|reading) | trending\ now | most\ (?:read|popular|viewed|shared) | (?:latest|top)\ (?:news
        |stories|headlines)
        | from\ (?:our\ partners|around\ the\ web) | (?:more\ )?(?:from|by)\ taboola | (?:see\ also|also\ read)
        | more\ (?:stories|on\ this\ (?:story|topic)|like\ this) | (?:read|up)\ next
        | (?:también\ )?te\ puede\ interesar | (?:artículos|noticias|notas)\ relacionad[oa]s | lo\ más\ (?:leído|visto)
        | lea\ también
        | te\ recomendamos | últimas\ noticias | más\ noticias
        | (?:à\ )?lire\ aussi | sur\ le\ même\ sujet | articles\ (?:similaires|liés|associés) | les\ plus\ lus
        | à\ ne\ pas\ manquer
        | das\ könnte\ (?:sie|dich)\ auch\ interessieren | lesen\ sie\ auch | mehr\ zum\ thema | meistgelesen(?:e\ artikel)?
        | auch\ interessant | weitere\ artikel
        | leia\ (?:também|mais\ notícias) | veja\ também | (?:artigos|notícias|matérias)\ relacionad[oa]s | mais\ lidas
        | potrebbe\ interessarti(?:\ anche)? | leggi\ anche | articoli\ correlati | i\ più\ letti""",
    "related link": rf"""
        (?:also\ read|read\ also|read\ more|see\ also|related|more:\ read|read\ next|lea\ también|lee\ también|leer\ más
        |(?:también\ )?te\ (?:puede|podría)\ interesar|
        lire\ aussi|à\ lire|lesen\ sie\ auch|mehr\ dazu|leia\ (?:também|mais)|veja\ também
        |leggi\ anche)\ ?[:|]\ {_FREE_LINE}""",
    "more": r"""
        (?:read|see|view|show|load)\ (?:more|less|full\ (?:article|story)) | continue\ reading | (?:ver|leer|cargar
        |mostrar)\ m[aá]s
        | (?:click|tap)\ here\ to\ read\ more | read\ the\ full\ (?:article|story)(?:\ here)?
        | lire\ (?:la\ suite|plus) | voir\ plus | weiterlesen | mehr\ (?:lesen|anzeigen|erfahren) | seguir\ leyendo
        | (?:ler|ver|leia)\ mais | leggi\ (?:tutto|di\ più) | mostra\ altro | continue\ lendo""",
    "advertisement": r"""
        advertisements? | (?:story|article)\ continues\ (?:below|after)(?:\ this)?\ (?:advertisement|ad)
        | advertisement\ -\ scroll\ to\ continue
        | scroll\ (?:down\ )?to\ continue(?:\ reading)? | skip\ advertisement | remove\ ads | report\ (?:this\ )?ad
        | why\ this\ ad
        | sponsored(?:\ content|\ post|\ links?)? | paid\ (?:content|post) | publicidad | publicité | anzeige | werbung
        | publicidade | pubblicità
        | (?:la\ )?(?:nota|noticia)\ continúa\ (?:debajo|después)\ de\ la\ publicidad | continua\ após\ a\ publicidade
        | la\ suite\ après\ (?:cette|la)\ publicité | (?:weiterlesen|artikel\ wird)\ nach\ der\ (?:anzeige
        |werbung)(?:\ fortgesetzt)?
        | continua\ dopo\ la\ pubblicità | contenido\ patrocinado | contenu\ sponsorisé | conteúdo\ patrocinado
        | ad\ ?-?block(?:er)?\ detected | (?:it\ (?:looks|seems)\ like\ )?you(?:[’']re|\ are)\ using\ an\ ad\ ?-?block(?:er)?
        | please\ (?:support\ us\ by\ |consider\ )?(?:disabl|turn|whitelist|paus)[^.]{0,120}
        \bad\ ?-?block[^.]{0,100}""",
    "share buttons": rf"""
        share\ (?:this|with\ friends)(?:\ (?:article|story|post|page|on\ {NETWORK}|via\ e-?mail))? | (?:print|e-?mail
        |save)\ this\ (?:article|story|page)
        | share\ (?:full\ )?article | gift\ (?:this\ )?article | (?:copy|get)\ (?:the\ )?(?:article\ )?link
        | link\ copied(?:\ to\ clipboard)? | copied
        | (?:click\ to\ )?(?:share|tweet|send)\ (?:this\ )?(?:on|via|by|to|a\ link\ to)\ {NETWORK}.{{0,40}}
        | opens\ in\ (?:a\ )?new\ window
        | {NETWORK}(?:[\ ·•/]+{NETWORK})+ | share\ this:? | \d+\ shares?
        | add\ (?:us\ )?as\ (?:a\ )?preferred\ (?:source\ )?on\ google
        | follow\ us\ on\ google\ news | listen\ to\ (?:this\ )?(?:article|story).{{0,20}} | save\ (?:article|for\ later)
        | bookmark
        | comp[aá]rt(?:ir|e|elo)\ (?:en|por)\ {NETWORK} | compart(?:e|ir)\ (?:este\ artículo|esta\ (?:nota|noticia))
        | copiar\ enlace
        | escuchar?\ (?:este\ artículo|esta\ (?:nota|noticia)).{{0,20}} | síguenos\ en\ google\ news
        | partager\ (?:sur|par)\ {NETWORK} | partager\ (?:cet\ article|l[’']article) | copier\ le\ lien | écouter\ (?:cet[ ]
        |l[’'])article
        | (?:auf|bei|per|über)\ {NETWORK}\ teilen | artikel\ (?:teilen|drucken|anhören|merken) | link\ kopieren
        | compartilh(?:ar|e)\ (?:no|por|via)\ {NETWORK} | compartilhe\ (?:este\ artigo|esta\ (?:notícia|matéria))
        | copiar\ link
        | condividi\ (?:su|via)\ {NETWORK} | condividi\ (?:questo\ articolo|l[’']articolo) | copia\ link""",
    "print notice": r"""
        (?:printed|retrieved|downloaded|originally\ published)\ (?:from|at|on):?\ https?://\S+ | (?:source|url|link
        |permalink):?\ https?://\S+""",
    "reading time": r"""
        \d+[\ -]?min(?:ute)?s?\.?\ (?:read|de\ lectura|de\ lecture|lesezeit|de\ leitura|di\ lettura)
        | (?:reading\ time|estimated\ reading\ time|tiempo\ de\ lectura|temps\ de\ lecture|lecture|lesezeit|lesedauer
        |tempo\ de\ leitura|
        tempo\ di\ lettura)\ ?:?\ ?(?:ca\.\ )?<?\ ?\d+\ ?(?:min(?:ut[aeiou]?[sn]?)?\.?)?""",
    "cookie notice": r"""
        (?:we|this\ (?:web)?site|our\ (?:web)?site)\ uses?\ (?:\w+\ )?cookies\b.* | we\ value\ your\ privacy
        | your\ privacy\ (?:choices|matters).{0,40}
        | we\ (?:and|&)\ our\ (?:\d+\ )?(?:partners|vendors)\ (?:store|process|use)\b.* | by\ clicking\ [“"']?(?:accept|agree
        |ok)\b.*\bcookies?\b.*
        | by\ (?:continuing\ to\ (?:use|browse)|using)\ (?:this|our)\ (?:web)?site,?\ you\ (?:agree|consent|accept)\b.*
        | (?:accept|reject|allow|decline)(?:\ all)?(?:\ cookies|\ and\ (?:close|continue))? | accept\ (?:and|&)\ continue
        | (?:cookie|manage|consent|privacy)\ (?:settings|preferences|consent|cookies|options|policy|notice)
        | (?:usamos|utilizamos|este\ sit(?:io|e)(?:\ web)?\ (?:usa|utiliza))\ cookies\b.* | (?:aceptar
        |rechazar)\ (?:todas\ )?(?:las\ )?cookies
        | (?:aceptar|rechazar)(?:\ todo|\ y\ continuar) | configur(?:ar|ación\ de)\ (?:las\ )?cookies
        | política\ de\ (?:cookies|privacidad)
        | valoramos\ (?:tu|su)\ privacidad
        | (?:nous\ utilisons|ce\ site\ utilise)\ des\ cookies\b.* | (?:tout\ )?(?:accepter|refuser)(?:\ (?:tout|et\ fermer
        |les\ cookies))?
        | continuer\ sans\ accepter | paramétrer\ (?:les\ cookies|mes\ choix) | nous\ respectons\ votre\ vie\ privée
        | (?:wir\ verwenden|diese\ (?:web)?(?:site|seite)\ (?:verwendet|nutzt)|wir\ nutzen)\ cookies\b.*
        | alle\ (?:cookies\ )?(?:akzeptieren|ablehnen)
        | (?:zustimmen|akzeptieren)\ (?:und|&)\ (?:weiter|schließen) | cookie-einstellungen | datenschutz(?:erklärung
        |einstellungen)?
        | (?:usamos|utilizamos|este\ site\ (?:usa|utiliza))\ (?:os\ )?cookies\b.* | (?:aceitar
        |rejeitar)\ (?:todos\ )?(?:os\ )?cookies
        | (?:utilizziamo|questo\ sito\ (?:usa|utilizza))\ (?:i\ )?cookies?\b.* | (?:accetta
        |rifiuta)\ (?:tutti\ )?(?:i\ )?cookies?""",
    # Only a time of day: a line with a date in it dates the article and stays.
    "clock": rf"""
        (?:first\ )?(?:posted|published|(?:last\ )?(?:updated|modified))(?:\ at)?:?\ {_CLOCK}
        | (?:publicado|actualizado)(?:\ a\ las?)?:?\ {_CLOCK} | (?:publié|mis\ à\ jour)(?:\ à)?:?\ {_CLOCK}
        | (?:veröffentlicht|aktualisiert)(?:\ um)?:?\ {_CLOCK} | (?:publicado|atualizado)(?:\ às)?:?\ {_CLOCK}
        | (?:pubblicato|aggiornato)(?:\ alle)?:?\ {_CLOCK}""",
    # Counted from the moment of reading, it dates nothing.
    "age": rf"""
        {_AGO}(?:\ ?[·•,–—-]\ ?{_AGO})?
        | (?:publicado\ |actualizado\ )?hace\ (?:\d{{1,2}}|una?)\ (?:minutos?|horas?|días?) | (?:publié[ ]
        |mis\ à\ jour\ )?il\ y\ a\ \d{{1,2}}\ (?:minutes?|heures?|jours?)
        | (?:veröffentlicht\ |aktualisiert\ )?vor\ (?:\d{{1,2}}|einer?)\ (?:minuten?|stunden?|tag(?:en)?)
        | (?:publicado\ )?há\ (?:\d{{1,2}}|uma?)\ (?:minutos?|horas?|dias?)""",
    "player": r"""
        (?:the\ )?video\ player\ is\ loading | this\ is\ a\ modal\ window | (?:play|pause|mute|unmute
        |watch)(?:\ (?:the\ )?video)? | loading\ video | fullscreen
        | (?:beginning|end)\ of\ dialog\ window.* | (?:current\ time|duration
        |remaining\ time)\ ?-?\ ?\d+:\d\d(?:\ ?/\ ?.{1,20})? | loaded:?\ ?\d+(?:\.\d+)?%
        | stream\ type\ live | \d(?:\.\d+)?x(?:\ playback\ rate)? | playback\ (?:rate|speed) | seek\ to\ live.*
        | picture-in-picture | captions\ (?:off|on).{0,30}
        | (?:this|the)\ video\ (?:is\ not\ available|is\ unavailable|cannot\ be\ played|could\ not\ be\ loaded).{0,80}
        | an?\ error\ occurred.{0,60}\bplay.{0,60}
        | to\ view\ this\ (?:video|content)\ please\ enable\ javascript.* | please\ enable\ javascript.{0,120}
        | the\ media\ could\ not\ be\ loaded.*
        | (?:your|this)\ browser\ (?:does\ not|doesn[’']t)\ support\ (?:the\ |html5\ )*(?:video|audio|iframes?)(?:\ (?:tag
        |element|playback))?
        | reproducir\ (?:el\ )?vídeo | ver\ vídeo | (?:tu|su)\ navegador\ no\ (?:soporta|admite)\ .{1,60} | lire\ la\ vidéo
        | lecteur\ vidéo.{0,40}
        | votre\ navigateur\ ne\ (?:supporte|prend)\ pas\ .{1,60} | video\ (?:abspielen|starten) | (?:ihr
        |dein)\ browser\ unterstützt\ .{1,60}\ nicht
        | reproduzir\ vídeo | seu\ navegador\ não\ suporta\ .{1,60} | riproduci\ (?:il\ )?video
        | il\ tuo\ browser\ non\ supporta\ .{1,60}""",
    "navigation": r"""
        skip\ to\ (?:main\ |the\ )?(?:content|navigation) | back\ to\ (?:top|home(?:page)?) | toggle\ (?:navigation|menu
        |search)
        | (?:open|close|main|primary|site)\ (?:the\ )?(?:menu|navigation|search) | jump\ to\ (?:content|navigation) | (?:log
        |sign)\ (?:in|up|out) | my\ account
        | (?:previous|next)\ (?:article|post|story|page)(?::.{0,160})? | (?:ir|saltar)\ al\ contenido | volver\ arriba
        | iniciar\ sesión | cerrar\ menú | abrir\ menú
        | (?:artículo|entrada)\ (?:anterior|siguiente) | aller\ au\ contenu | retour\ en\ haut | se\ connecter
        | article\ (?:précédent|suivant)
        | zum\ (?:haupt)?inhalt\ springen | nach\ oben | anmelden | (?:vorheriger|nächster)\ artikel
        | pular\ para\ o\ conteúdo | voltar\ ao\ topo
        | vai\ al\ contenuto | torna\ su | accedi""",
    "newsletter": r"""
        (?:subscribe|sign\ up)\ (?:to|for)\ (?:our|the|my)\ (?:\w+\ ){0,3}(?:newsletters?|e-?mail\ alerts?|bulletin
        |digest)(?:\b[^.?!]{0,80})?
        | (?:subscribe|sign\ up)(?:\ now|\ here|\ today)? | get\ (?:our|the)\ .{1,60}\ (?:in|to)\ your\ inbox.{0,40}
        | enter\ your\ e-?mail(?:\ address)?
        | (?:e-?mail|your\ e-?mail)\ address | thank\ you\ for\ (?:subscribing|signing\ up)
        | you\ can\ unsubscribe\ at\ any\ time
        | by\ (?:signing\ up|subscribing|submitting\ your\ e-?mail),?\ (?:you|i)\ (?:agree|accept|confirm|consent)\b.*
        | (?:the\ best\ of|all\ the).{1,60}\bdelivered\ (?:straight\ )?to\ your\ inbox.{0,40}
        | (?:suscríbete|suscríbase|regístrate)(?:\ (?:gratis\ )?(?:a|en)\ (?:nuestr[oa]s?|la|el)\ (?:newsletters?
        |bolet[ií]n(?:es)?)(?:\b.{0,60})?)?
        | recib[ae]\ (?:las|nuestras|lo)\ .{1,60}\ en\ (?:tu|su)\ (?:correo|e-?mail|bandeja).{0,20}
        | (?:inscrivez-vous|abonnez-vous)(?:\ à\ (?:notre|la)\ (?:newsletter|lettre)(?:\b.{0,60})?)?
        | recevez\ .{1,60}\ dans\ votre\ boîte\ mail
        | newsletter\ abonnieren | (?:jetzt\ )?(?:den|unseren|hier)\ newsletter\ (?:abonnieren|bestellen)
        | abonnieren\ sie\ unseren\ newsletter.{0,40}
        | (?:assine|inscreva-se\ (?:em|na))\ (?:a\ )?nossa\ newsletter.{0,40} | receba\ .{1,60}\ no\ seu\ e-?mail
        | iscriviti\ alla\ (?:nostra\ )?newsletter.{0,40}""",
    "subscription": r"""
        (?:subscribe|sign\ up|register|log\ in|sign\ in)(?:\ now)?\ to\ (?:continue|keep|read|unlock)\b[^.]{0,80}
        | to\ continue\ reading,?\ .{0,100} | (?:get|enjoy)\ (?:full|unlimited)\ (?:digital\ )?access\b[^.]{0,100}
        | cancel\ any\ ?time
        | already\ (?:a\ (?:subscriber|member)|have\ an\ account|subscribed)\??(?:\ (?:log|sign)\ in(?:\ here)?)?
        | this\ (?:article|content|story)\ is\ (?:for|only\ (?:for|available\ to)|available\ (?:only\ )?to
        |exclusive(?:ly)?\ (?:for|to))\ (?:paying\ |our\ )?(?:subscribers|members)(?:\ only)?.{0,40}
        | (?:you\ have|you[’']ve)\ (?:reached|read)\ (?:your|all\ of\ your)\ .{0,60}\b(?:limit|articles?).{0,60}
        | support\ (?:our|independent)\ journalism.{0,80}
        | (?:suscríbete|regístrate|inicia\ sesión)\ para\ (?:seguir|continuar)\ leyendo.{0,60}
        | (?:este\ )?contenido\ exclusivo\ para\ (?:suscriptores|socios).{0,40}
        | ¿ya\ eres\ suscriptor\?.{0,40} | (?:cet\ article|la\ suite)\ est\ réservée?\ (?:à\ nos|aux)\ abonnés.{0,60}
        | déjà\ abonné\s?\?.{0,40}
        | (?:dieser\ (?:artikel|inhalt)\ ist\ )?(?:nur\ |exklusiv\ )für\ abonnenten.{0,40}
        | (?:jetzt\ )?weiterlesen\ mit\ .{1,40} | bereits\ abonnent\?.{0,40}
        | (?:conteúdo|matéria)\ exclusiv[oa]\ para\ assinantes.{0,40} | já\ é\ assinante\?.{0,40} | (?:contenuto
        |articolo)\ riservato\ agli\ abbonati.{0,40}""",
    "photo credit": rf"""
        \(?(?:photos?|photographs?|images?|pictures?|fotos?|fotografías?|imagen(?:es)?|bild(?:er)?|crédits?(?:\ photo)?
        |credits?|illustration|photo\ credit|
        image\ (?:credit|source)|copyright|foto-?\ ?credit)(?:\ (?:by|credit|courtesy\ of|via))?\ ?[:|]\ ?(?:[^.!?…]
        |\.(?=\w)){{1,80}}\)?
        | \(?(?:photo|foto|image)\ by\ (?:[^.!?…]|(?<=\b\w)\.){{1,60}}/[^.!?…]{{1,50}}\)?
        | (?:\w+\ ){{0,3}}\w+\ ?/\ ?{AGENCY}(?:\ ?/\ ?\w+
        |\ via\ .{{1,30}})?
        | {AGENCY}\ ?/\ ?[^.!?…]{{1,50}} | (?:getty\ images|ap\ photo|shutterstock|istock|file\ (?:photo|image|picture)
        |handout|archivfoto|foto\ de\ archivo|imagen\ de\ archivo)""",
    "agency footer": r"""
        \(?(?:additional\ )?reporting\ by\ (?!(?:the|an?|its|his|her|their|our|this|two|three)\b)[^.!?]{2,160}
        (?:[;.]\ ?(?:additional\ reporting|writing|editing|compiled
        |graphics)\ by\ [^!?]{2,160})*\)?
        | \(?(?:writing|editing)\ by\ [^.!?]{2,100}(?:[;.]\ ?editing\ by\ [^!?]{2,100})?\)?
        | our\ standards:\ .{1,80}trust\ principles.{0,20}
        | (?:with\ (?:agency\ )?inputs?\ from|with\ reporting\ (?:by|from))\ [^.!?]{2,80} | (?:this\ story
        |the\ story)\ (?:has\ not\ been|is)\ edited\ by\ .{1,60}\ staff.{0,80}
        | (?:©|copyright|\(c\))\ .{0,20}\b(?:the\ )?(?:associated\ press|afp|agence\ france-presse|reuters|efe|dpa
        |ansa)\b.{0,200}
        | this\ material\ may\ not\ be\ published,\ broadcast,.{0,120} | the\ post\ .{1,200}\ appeared\ first\ on\ .{1,80}
        | (?:con\ información\ de|avec|mit\ material\ (?:von|der)|com\ informações\ d[aeo]s?
        |con\ informazioni\ d[ai])\ (?:la\ |der\ |l[’'])?(?:agencias?|afp|efe|reuters|ap|dpa|lusa|ansa
        |agências?)(?:\b[^.!?]{0,40})?""",
    "author box": r"""
        about\ the\ authors? | (?:view|see)\ all\ (?:posts|articles|stories)(?:\ by\ .{1,60})? | more\ (?:by
        |from)\ (?:this\ author|the\ author) | all\ (?:posts|articles)\ by\ .{1,60}
        | follow\ (?!us\b)[^.!?]{1,60}\ on\ (?:twitter|x|facebook|instagram|bluesky|linkedin|threads|mastodon)(?:\ @?\w+)?
        | follow\ @\w+ | (?:view|see)\ (?:author\ )?profile
        | sobre\ (?:el|la)\ autora? | ver\ todas\ las\ entradas(?:\ de\ .{1,60})? | à\ propos\ de\ l[’']auteur
        | voir\ tous\ les\ articles(?:\ de\ .{1,60})?
        | über\ (?:den\ autor|die\ autorin) | alle\ (?:artikel|beiträge)\ (?:von\ .{1,60}|anzeigen) | sobre\ o\ autor
        | ver\ todos\ os\ (?:posts|artigos)(?:\ de\ .{1,60})?
        | informazioni\ sull[’']autore""",
}

HEAD = {
    "byline": r"""
        (?:authors?|autor(?:a|es|in|en)?|auteure?s?|autore|written\ by|escrito\ por|geschrieben\ von|by|por|par
        |von)\ ?:\ ?[^.!?:]{2,80}""",
    "original title": r"""
        (?:original\ (?:article|title|text|story)|artículo\ original|título\ original|article\ original|titre\ original
        |originaltitel|
        originalartikel|artigo\ original|titolo\ originale)\ ?:\ .{2,250}""",
    "kicker": rf"""
        menu | search | buscar | suche | rechercher | share | shares? | compartir | partager | teilen | compartilhar
        | condividi | tweet | {NETWORK}""",
}

TAIL = {
    "menu entries": rf"""
        reels | stories | videos? | menu | search | shares? | comments? | buscar | suche | rechercher | {NETWORK}
        | compartir | partager | teilen | compartilhar | condividi | tags | about(?:\ us)? | contact(?:\ us)? | careers
        | advertise(?:\ with\ us)?
        | terms(?:\ (?:of\ (?:use|service)|and\ conditions))? | imprint | impressum | kontakt | agb | aviso\ legal
        | contacto | quiénes\ somos
        | mentions\ légales | contato | contatti""",
    "site search": r"""
        (?:busca|buscar|search|rechercher|suche|pesquisar|procurar|cerca)
        \ (?:in|en|on|dans|sur|auf|em|no|na|nel|su)\ .{1,60}""",
    "follow us": r"""
        (?:follow\ us|síguenos|suivez-nous|folgen\ sie\ uns|siga-nos|seguici)(?:\ (?:on|en|sur|auf|no|su)\ .{1,40})?""",
    "rights": r"""
        ©.* | copyright\ (?:©|\(c\)|\d{4}).* | all\ rights\ reserved
        | todos\ los\ derechos\ reservados | tous\ droits\ réservés
        | alle\ rechte\ vorbehalten | todos\ os\ direitos\ reservados | tutti\ i\ diritti\ riservati""",
}
